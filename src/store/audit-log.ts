import type { QueryResultRow } from "pg";
import type { AuditResult } from "./audit.ts";
import type { Queryable } from "./database.ts";
import { latestIdentity } from "./identities.ts";

export interface AuditRow extends QueryResultRow {
  id: string;
  at: Date;
  action: string;
  actor: string;
  result: AuditResult;
  code: string | null;
  user_id: string | null;
  external_id: string | null;
  bot: string | null;
  provider: string | null;
  /** Who the user is at the provider: null once they were erased. */
  provider_uid: string | null;
  login: string | null;
  repository: string | null;
  branch: string | null;
  attribution: string | null;
  pass_id: string | null;
  requested_by: string | null;
  run_url: string | null;
  request_id: string | null;
  detail: Record<string, unknown>;
  completed_at: Date | null;
}

/** What an event `e` is shown with. */
export const auditColumns = `e.id, e.at, e.action, e.actor, e.result, e.code, e.user_id, u.external_id, b.name AS bot, e.provider,
  coalesce(i.provider_uid, (${latestIdentity("provider_uid", "e")})) AS provider_uid,
  coalesce(i.login, (${latestIdentity("login", "e")})) AS login, e.repository, e.branch, e.attribution,
  e.pass_id, e.requested_by, e.run_url, e.request_id, e.detail, e.completed_at`;
export const auditJoins = `LEFT JOIN users u ON u.id = e.user_id
  LEFT JOIN identities i ON i.id = e.identity_id
  LEFT JOIN bots b ON b.id = e.bot_id`;

export interface AuditPage {
  /** The last id seen; `"0"` for the beginning. */
  after: string;
  limit: number;
  userId?: string | undefined;
  botId?: string | undefined;
  action?: string | undefined;
  since?: Date | undefined;
}

/** Events as they are shown, on the command line as in the API. */
const auditRows = `SELECT ${auditColumns} FROM audit_events e ${auditJoins}`;

/** A page of the audit log, oldest first. */
export async function readAudit(database: Queryable, page: AuditPage): Promise<AuditRow[]> {
  const values: unknown[] = [page.after, page.limit];
  const conditions = ["e.id > $1"];
  const filter = (value: unknown, condition: (parameter: string) => string) => {
    if (value !== undefined) conditions.push(condition(`$${values.push(value)}`));
  };
  filter(page.userId, (user) => `e.user_id = ${user}`);
  filter(page.botId, (bot) => `e.bot_id = ${bot}`);
  filter(page.action, (action) => `e.action = ${action}`);
  // An event's time is that of its transaction's start, so times and ids may differ in their order, though by far less
  // than a minute. The second condition decides; the first lets the search begin near it, in every index.
  filter(
    page.since,
    (since) => `e.id > coalesce((SELECT s.id FROM audit_events s
        WHERE s.at < ${since}::timestamptz - interval '1 minute' ORDER BY s.at DESC LIMIT 1), 0)
      AND e.at >= ${since}`,
  );
  const { rows } = await database.query<AuditRow>({
    text: `${auditRows} WHERE ${conditions.join(" AND ")} ORDER BY e.id LIMIT $2`,
    values,
  });
  return rows;
}

/** Events by their ids, in the order of these. */
export async function readAuditEvents(database: Queryable, ids: readonly string[]): Promise<AuditRow[]> {
  const { rows } = await database.query<AuditRow>({
    name: "read-audit-events",
    text: `${auditRows} WHERE e.id = ANY ($1) ORDER BY e.id`,
    values: [ids],
  });
  return rows;
}
