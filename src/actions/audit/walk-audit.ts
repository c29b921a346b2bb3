import type { AuditRow } from "../../store/audit-log.ts";
import { type AuditFilter, searchAudit } from "../../store/audit-search.ts";
import type { Database } from "../../store/database.ts";

const pageSize = 500;

/**
 * All events that a filter lets through, the newest first, read while they are taken.
 * @param most how many come at most
 */
export async function* walkAudit(
  deps: { database: Database },
  filter: AuditFilter,
  most: number,
): AsyncGenerator<AuditRow[]> {
  let before: string | null = null;
  for (let left = most; left > 0; ) {
    const { rows, next }: { rows: AuditRow[]; next: string | null } = await searchAudit(deps.database, {
      ...filter,
      before,
      limit: Math.min(pageSize, left),
    });
    // Also what is empty: whoever takes it can stop the search for what is rare.
    yield rows;
    left -= rows.length;
    if (next === null) return;
    before = next;
  }
}
