import type { Command } from "commander";
import { type AuditRow, readAudit } from "../store/audit-log.ts";
import { type CommandDeps, harmless, withDatabase } from "./command.ts";

const pageSize = 1000;

/** `audit`: the whole log, oldest first; with `--json` as NDJSON. */
export function auditCommand(program: Command, deps: CommandDeps): void {
  program
    .command("audit")
    .description("print the audit log, oldest first")
    .option("--json", "one JSON object a line (NDJSON)")
    .action(async (options: { json?: boolean }) => {
      await withDatabase(deps, async (database) => {
        let after = "0";
        for (;;) {
          const rows = await readAudit(database, { after, limit: pageSize });
          for (const row of rows) deps.print(options.json ? JSON.stringify(row) : inWords(row));
          const last = rows.at(-1);
          if (!last || rows.length < pageSize) return;
          after = last.id;
        }
      });
    });
}

function inWords(row: AuditRow): string {
  return harmless(
    [
      row.at.toISOString(),
      row.action,
      row.code ? `${row.result} (${row.code})` : row.result,
      ...who(row),
      row.repository && `in ${row.repository}`,
      row.branch && `on ${row.branch}`,
      row.requested_by && `for ${row.requested_by}`,
      row.run_url,
    ]
      .filter(Boolean)
      .join("  "),
  );
}

/** Who did it, and whom else it is about. */
function who({ actor, login, external_id, user_id, bot }: AuditRow): (string | null)[] {
  const person = login ? `@${login}` : (external_id ?? user_id);
  // Neither acts as anybody; the admin stands in requested_by.
  if (actor === "admin") return ["by an admin", person && `about ${person}`];
  if (actor === "platform") return [`by ${bot ?? "a platform"}`, person && `about ${person}`];
  const as = person && `as ${person}`;
  if (actor === "bot") return [as, bot && `by ${bot}`];
  const about = bot && `for ${bot}`;
  return actor === "user" ? [`by ${person ?? "somebody unknown"}`, about] : [`by ${actor}`, as, about];
}
