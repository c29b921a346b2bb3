import type { Command } from "commander";
import { type AuditRow, readAudit } from "../store/audit.ts";
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
  const person = row.login ? `@${row.login}` : (row.external_id ?? row.user_id);
  return harmless(
    [
      row.at.toISOString(),
      row.action,
      row.code ? `${row.result} (${row.code})` : row.result,
      person && `as ${person}`,
      row.bot && `by ${row.bot}`,
      row.repository && `in ${row.repository}`,
      row.branch && `on ${row.branch}`,
      row.requested_by && `for ${row.requested_by}`,
      row.run_url,
    ]
      .filter(Boolean)
      .join("  "),
  );
}
