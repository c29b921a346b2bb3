import type { QueryResultRow } from "pg";
import { one, type Queryable } from "./database.ts";
import { latestIdentity } from "./identities.ts";

export type AuditAction =
  | "sign_in"
  | "sign_out"
  | "connect"
  | "disconnect"
  | "account.revoked"
  | "delegation.grant"
  | "delegation.end"
  | "delegation.refuse"
  | "user.create"
  | "user.deactivate"
  | "user.erase"
  | "tombstone.lift"
  | "bot.create"
  | "bot.revoke"
  | "bot.ceiling"
  | "bot.offer"
  | "bot.offer_withdraw"
  | "pass.create"
  | "pass.end"
  | "api.read"
  | "api.write"
  | "git.fetch"
  | "git.push"
  | "git.lfs"
  | "repository.register"
  | "repository.remove"
  | "sync"
  | "whoami"
  | "sign_off.agree"
  | "sign_off.withdraw"
  | "commit"
  | "pull_request"
  | "installation.created"
  | "installation.deleted"
  | "installation.suspended"
  | "installation.unsuspended"
  | "installation.permissions_accepted"
  | "installation.repositories_added"
  | "installation.repositories_removed";

/**
 * Who decided something about a user, as the audit log keeps it: themselves, an operator on the command line, an admin
 * on the pages (`requestedBy` is that admin's user id), or a host platform by its key.
 */
export type DecidedBy =
  | { actor: "user" }
  | { actor: "operator" }
  | { actor: "admin"; requestedBy: string }
  | { actor: "platform"; botId: string };

/** What was done, by whom, as whom and where. */
export interface AuditEvent {
  action: AuditAction;
  actor: DecidedBy["actor"] | "bot" | "provider" | "system";
  userId?: string | null;
  botId?: string | null;
  identityId?: string | null;
  provider?: string | null;
  repository?: string | null;
  branch?: string | null;
  attribution?: "user" | "app" | null;
  /** The pass that it was done with. */
  passId?: string | null;
  requestedBy?: string | null;
  runUrl?: string | null;
  requestId?: string | null;
  /** Nothing personal and nothing secret: ids, counts, addresses of commits. */
  detail?: Record<string, string | number | boolean | string[] | null>;
}

export type AuditResult = "started" | "succeeded" | "failed";

/** Writes an event that is over, or (`started`) one that is about to begin. */
export async function writeAudit(
  database: Queryable,
  event: AuditEvent,
  outcome: { result: AuditResult; code?: string } = { result: "succeeded" },
): Promise<string> {
  const row = one(
    await database.query<{ id: string }>({
      name: "write-audit",
      text: `INSERT INTO audit_events (action, actor, result, code, user_id, bot_id, identity_id, provider, repository,
          branch, attribution, requested_by, run_url, request_id, detail, pass_id, completed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
          CASE WHEN $3 = 'started' THEN NULL ELSE now() END) RETURNING id`,
      values: [
        event.action,
        event.actor,
        outcome.result,
        outcome.code ?? null,
        event.userId ?? null,
        event.botId ?? null,
        event.identityId ?? null,
        event.provider ?? null,
        event.repository ?? null,
        event.branch ?? null,
        event.attribution ?? null,
        event.requestedBy ?? null,
        event.runUrl ?? null,
        event.requestId ?? null,
        JSON.stringify(event.detail ?? {}),
        event.passId ?? null,
      ],
    }),
  );
  return row.id;
}

/**
 * Writes events in one statement, those that are over and (`started`) those that are about to begin.
 * @returns their ids, in the same order
 */
export async function writeAudits(
  database: Queryable,
  events: [event: AuditEvent, outcome: { result: AuditResult; code?: string }][],
): Promise<string[]> {
  const rows = events.map(([event, outcome]) => ({
    ...event,
    ...outcome,
    detail: event.detail ?? {},
  }));
  const written = await database.query<{ id: string }>({
    name: "write-audits",
    text: `INSERT INTO audit_events (action, actor, result, code, user_id, bot_id, identity_id, provider, repository,
        branch, attribution, requested_by, run_url, request_id, detail, pass_id, completed_at)
      SELECT action, actor, result, code, "userId", "botId", "identityId", provider, repository, branch, attribution,
        "requestedBy", "runUrl", "requestId", detail, "passId", CASE WHEN result = 'started' THEN NULL ELSE now() END
      FROM ROWS FROM (jsonb_to_recordset($1) AS (action text, actor text, result text, code text, "userId" uuid, "botId" uuid,
        "identityId" uuid, provider text, repository text, branch text, attribution text, "requestedBy" text,
        "runUrl" text, "requestId" text, detail jsonb, "passId" uuid)) WITH ORDINALITY AS e
      ORDER BY ordinality RETURNING id`,
    values: [JSON.stringify(rows)],
  });
  return written.rows.map(({ id }) => id);
}

/** Completes events that were `started`, in one statement. */
export async function completeAudits(
  database: Queryable,
  outcomes: { id: string; result: "succeeded" | "failed"; code?: string; detail?: AuditEvent["detail"] }[],
): Promise<void> {
  await database.query({
    name: "complete-audits",
    text: `UPDATE audit_events e SET result = o.result, code = o.code, detail = e.detail || coalesce(o.detail, '{}'),
        completed_at = now()
      FROM jsonb_to_recordset($1) AS o (id bigint, result text, code text, detail jsonb)
      WHERE e.id = o.id AND e.id = ANY ($2) AND e.result = 'started'`,
    values: [JSON.stringify(outcomes), outcomes.map(({ id }) => id)],
  });
}

/** Completes an event that was `started`. */
export async function completeAudit(
  database: Queryable,
  id: string,
  outcome: {
    result: "succeeded" | "failed";
    code?: string;
    /** Whose name it carries in the end. */
    attribution?: "user" | "app";
    detail?: AuditEvent["detail"];
  },
): Promise<void> {
  await database.query({
    name: "complete-audit",
    text: `UPDATE audit_events SET result = $2, code = $3, detail = detail || $4,
        attribution = coalesce($5, attribution), completed_at = now()
      WHERE id = $1 AND result = 'started'`,
    values: [
      id,
      outcome.result,
      outcome.code ?? null,
      JSON.stringify(outcome.detail ?? {}),
      outcome.attribution ?? null,
    ],
  });
}

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

export interface AuditPage {
  /** The last id seen; `"0"` for the beginning. */
  after: string;
  limit: number;
  userId?: string | undefined;
  botId?: string | undefined;
  action?: string | undefined;
  since?: Date | undefined;
}

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
    text: `SELECT e.id, e.at, e.action, e.actor, e.result, e.code, e.user_id, u.external_id, b.name AS bot, e.provider,
        coalesce(i.provider_uid, (${latestIdentity("provider_uid", "e")})) AS provider_uid,
        coalesce(i.login, (${latestIdentity("login", "e")})) AS login, e.repository, e.branch, e.attribution,
        e.pass_id, e.requested_by, e.run_url, e.request_id, e.detail, e.completed_at
      FROM audit_events e
      LEFT JOIN users u ON u.id = e.user_id
      LEFT JOIN identities i ON i.id = e.identity_id
      LEFT JOIN bots b ON b.id = e.bot_id
      WHERE ${conditions.join(" AND ")} ORDER BY e.id LIMIT $2`,
    values,
  });
  return rows;
}
