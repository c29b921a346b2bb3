import type { Command } from "commander";
import { liftTombstone } from "../actions/users/lift-tombstone.ts";
import { Problem } from "../errors.ts";
import { parseUserReference } from "../store/users.ts";
import { type UserDeps, withKeys } from "./users.ts";

/** `tombstones lift` */
export function tombstoneCommands(program: Command, deps: UserDeps): void {
  program
    .command("tombstones")
    .description("what keeps out who was deactivated or erased")
    .command("lift <ref>")
    .description("let a person (gh.NUMBER) sign in again; a deactivated user is active again, with nothing connected")
    .option("--json", "print one JSON object")
    .action((text: string, options: { json?: boolean }) =>
      withKeys(deps, async (tools) => {
        const reference = parseUserReference(text);
        if (reference?.kind !== "gh") {
          throw new Problem("bad_request", `"${text}" is not gh.NUMBER: give GitHub's number of the person.`);
        }
        const { users } = await liftTombstone(tools, { number: reference.value, by: { actor: "operator" } });
        if (options.json) deps.print(JSON.stringify({ items: users }));
        for (const { id, status } of options.json ? [] : users) {
          deps.print(
            status === "active"
              ? `Lifted: ${id} is active again, with nothing connected and nothing permitted.`
              : `Lifted: who was erased as ${id} may sign in again, as somebody new.`,
          );
        }
      }),
    );
}
