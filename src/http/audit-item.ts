import type { AuditRow } from "../store/audit-log.ts";
import { auditLink } from "./audit-link.ts";

/** An event as it leaves: as the API has it, with its address at GitHub. */
export type AuditItem = Omit<AuditRow, "at" | "completed_at"> & {
  at: string;
  completed_at: string | null;
  url: string | null;
};

export function auditItem(deps: { githubUrl: string }, row: AuditRow): AuditItem {
  return {
    ...row,
    at: row.at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
    url: auditLink(deps, row),
  };
}
