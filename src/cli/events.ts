import type { Command } from "commander";
import { Problem } from "../errors.ts";
import { listUnsent, retryEvents } from "../store/events/unsent-events.ts";
import { type CommandDeps, printRows, withDatabase } from "./command.ts";

const mostListed = 1000;
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `events list | retry` */
export function eventCommands(program: Command, deps: CommandDeps): void {
  const events = program.command("events").description("what the host platform is told");

  events
    .command("list")
    .description(`list those that are not sent yet or have failed, at most ${mostListed}`)
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        const rows = (await listUnsent(database, mostListed)).map((event) => ({
          event: event.id,
          type: event.type,
          user: event.userId,
          state: event.state,
          attempts: String(event.attempts),
          last_error: event.lastError,
          occurred_at: event.occurredAt.toISOString(),
          next_attempt_at: event.nextAttemptAt?.toISOString() ?? null,
        }));
        printRows(
          deps,
          options,
          rows,
          "No event waits to be sent, and none has failed. (Without EVENTS_URL none is written.)",
        );
      });
    });

  events
    .command("retry [event]")
    .description("have events sent now that have failed or wait for their next try: one, or with --all every one")
    .option("--all", "every one that is not sent")
    .option("--json", "print one JSON object")
    .action(async (event: string | undefined, options: { all?: boolean; json?: boolean }) => {
      if ((event === undefined) !== Boolean(options.all)) {
        throw new Problem("bad_request", "Name one event of `events list`, or say --all.");
      }
      await withDatabase(deps, async (database) => {
        const known = event === undefined || idPattern.test(event);
        const count = known ? await retryEvents(database, event ?? null) : 0;
        if (event !== undefined && count === 0) {
          throw new Problem("not_found", `No event "${event}" is unsent: see \`events list\`.`);
        }
        deps.print(options.json ? JSON.stringify({ retried: count }) : `Sent again: ${count}.`);
      });
    });
}
