import type { Command } from "commander";
import { Problem } from "../errors.ts";
import { listUnhandled, retryParked } from "../store/unhandled-deliveries.ts";
import { type CommandDeps, printRows, withDatabase } from "./command.ts";

const mostListed = 1000;

/** `deliveries list | retry` */
export function deliveryCommands(program: Command, deps: CommandDeps): void {
  const deliveries = program.command("deliveries").description("webhooks that came in");

  deliveries
    .command("list")
    .description(`list those that are not handled yet or were parked as failed, at most ${mostListed}`)
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        const rows = (await listUnhandled(database, mostListed)).map((delivery) => ({
          delivery: delivery.deliveryId,
          event: delivery.event,
          state: delivery.state,
          attempts: String(delivery.attempts),
          last_error: delivery.lastError,
          received_at: delivery.receivedAt.toISOString(),
          next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
        }));
        printRows(deps, options, rows, "Every delivery was handled.");
      });
    });

  deliveries
    .command("retry [delivery]")
    .description("have parked deliveries handled again: one, or with --all every one")
    .option("--all", "every one that is parked")
    .option("--json", "print one JSON object")
    .action(async (delivery: string | undefined, options: { all?: boolean; json?: boolean }) => {
      if ((delivery === undefined) !== Boolean(options.all)) {
        throw new Problem("bad_request", "Name one delivery of `deliveries list`, or say --all.");
      }
      await withDatabase(deps, async (database) => {
        const count = await retryParked(database, delivery ?? null);
        if (delivery !== undefined && count === 0) {
          throw new Problem("not_found", `No delivery "${delivery}" is parked: see \`deliveries list\`.`);
        }
        deps.print(options.json ? JSON.stringify({ retried: count }) : `Handled again: ${count}.`);
      });
    });
}
