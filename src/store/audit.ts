import { one, type Queryable } from "./database.ts";

export type AuditAction =
  | "sign_in"
  | "sign_out"
  | "connect"
  | "connect.pending"
  | "connect_link.create"
  | "connect_link.use"
  | "disconnect"
  | "account.revoked"
  | "revocation.retry"
  | "provider.event"
  | "delegation.grant"
  | "delegation.end"
  | "delegation.refuse"
  | "user.create"
  | "user.deactivate"
  | "user.erase"
  | "tombstone.lift"
  | "bot.create"
  | "bot.revoke"
  | "bot.key_create"
  | "bot.key_end"
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
  | "repository.change"
  | "repository.sync"
  | "sync"
  | "whoami"
  | "sign_off.agree"
  | "sign_off.withdraw"
  | "commit"
  | "pull_request"
  | "delivery.retry"
  | "event.retry"
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
