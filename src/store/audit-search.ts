import { type AuditRow, auditColumns, auditJoins } from "./audit-log.ts";
import type { Queryable } from "./database.ts";

/** Which events are looked for; what is left out is no matter. */
export interface AuditFilter {
  userId?: string | undefined;
  botId?: string | undefined;
  actions?: readonly string[] | undefined;
  result?: string | undefined;
  /** `owner/name`, in any case. */
  repository?: string | undefined;
  /** The first moment, and the first one that is too late. */
  from?: Date | undefined;
  to?: Date | undefined;
}

export interface AuditSearch extends AuditFilter {
  /** The last id seen; null: from the newest on. */
  before: string | null;
  limit: number;
}

export interface FoundAudit {
  /** The newest first. */
  rows: AuditRow[];
  /** What the next search goes on before; null: there is nothing older. */
  next: string | null;
  /** The search ended at its own limit: older events, that were not looked at, may fit. */
  cutShort: boolean;
}

/**
 * How many events a search looks at. A rare combination of filters has no index, and needs none: it is looked for in
 * pieces of which each takes milliseconds, whatever the size of the log.
 */
export const searchedEvents = 20_000;

/** Looks for events, the newest first. */
export async function searchAudit(database: Queryable, search: AuditSearch): Promise<FoundAudit> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const within: string[] = [];
  if (search.before !== null) within.push(`e.id < ${parameter(search.before)}`);
  // What has an index by id narrows what is looked at; the first one is enough, and the others are looked for in it.
  if (search.userId !== undefined) within.push(`e.user_id = ${parameter(search.userId)}`);
  else if (search.botId !== undefined) within.push(`e.bot_id = ${parameter(search.botId)}`);
  // Times and ids differ in their order by far less than a minute.
  const edge = (side: string, order: string) =>
    `(SELECT s.id FROM audit_events s WHERE s.at ${side} ORDER BY s.at ${order} LIMIT 1)`;
  if (search.from !== undefined) {
    const before = edge(`< ${parameter(search.from)}::timestamptz - interval '1 minute'`, "DESC");
    within.push(`e.id > coalesce(${before}, 0)`);
  }
  if (search.to !== undefined) {
    const after = edge(`> ${parameter(search.to)}::timestamptz + interval '1 minute'`, "ASC");
    within.push(`e.id < coalesce(${after}, ${parameter("9223372036854775807")}::bigint)`);
  }
  const looked = `SELECT e.* FROM audit_events e WHERE ${within.length > 0 ? within.join(" AND ") : "e.id > 0"} ORDER BY e.id DESC`;
  const ended = [...values];

  const wanted: string[] = ["true"];
  if (search.botId !== undefined) wanted.push(`e.bot_id = ${parameter(search.botId)}`);
  if (search.actions !== undefined) wanted.push(`e.action = ANY (${parameter(search.actions)})`);
  if (search.result !== undefined) wanted.push(`e.result = ${parameter(search.result)}`);
  if (search.repository !== undefined) wanted.push(`lower(e.repository) = lower(${parameter(search.repository)})`);
  if (search.from !== undefined) wanted.push(`e.at >= ${parameter(search.from)}`);
  if (search.to !== undefined) wanted.push(`e.at < ${parameter(search.to)}`);
  const found = await database.query<AuditRow>({
    text: `SELECT ${auditColumns} FROM (
        SELECT * FROM (${looked} LIMIT ${searchedEvents}) e WHERE ${wanted.join(" AND ")}
        ORDER BY e.id DESC LIMIT ${parameter(search.limit + 1)}
      ) e ${auditJoins} ORDER BY e.id DESC`,
    values,
  });
  const rows = found.rows.slice(0, search.limit);
  if (found.rows.length > search.limit) return { rows, next: rows.at(-1)?.id ?? null, cutShort: false };
  const last = await database.query<{ id: string }>({
    text: `${looked.replace("e.*", "e.id")} OFFSET ${searchedEvents - 1} LIMIT 1`,
    values: ended,
  });
  const next = last.rows[0]?.id ?? null;
  return { rows, next, cutShort: next !== null };
}

/** When an event was. */
export async function readMoment(database: Queryable, id: string): Promise<Date | null> {
  const { rows } = await database.query<{ at: Date }>({
    text: "SELECT at FROM audit_events WHERE id = $1",
    values: [id],
  });
  return rows[0]?.at ?? null;
}
