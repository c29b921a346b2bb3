import { one, type Queryable } from "./database.ts";
import type { SyncReason } from "./repositories.ts";

/** One run, as whom it ran and how it ended. */
export interface Sync {
  id: string;
  reason: SyncReason;
  attribution: "user" | "app";
  userId: string | null;
  /** Who that is at the provider; null: the app, or somebody who was erased since. */
  login: string | null;
  providerUid: string | null;
  fallbackReason: string | null;
  result: "started" | "succeeded" | "failed";
  code: string | null;
  startedAt: Date;
  finishedAt: Date | null;
}

/** Notes that a run begins. */
export async function startSync(
  database: Queryable,
  run: {
    repositoryId: string;
    reason: SyncReason;
    attribution: "user" | "app";
    userId: string | null;
    identityId: string | null;
    auditId: string;
  },
): Promise<string> {
  const row = one(
    await database.query<{ id: string }>({
      text: `INSERT INTO syncs (repository_id, reason, attribution, user_id, identity_id, audit_id)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
      values: [run.repositoryId, run.reason, run.attribution, run.userId, run.identityId, run.auditId],
    }),
  );
  return row.id;
}

/** Notes how a run ended, and as whom it was made in the end. Nothing happens when it was freed meanwhile. */
export async function finishSync(
  database: Queryable,
  run: {
    id: string;
    attribution: "user" | "app";
    fallbackReason: string | null;
    result: "succeeded" | "failed";
    code: string | null;
  },
): Promise<void> {
  await database.query({
    text: `UPDATE syncs SET attribution = $2, fallback_reason = $3, result = $4, code = $5, finished_at = now(),
        user_id = CASE $2 WHEN 'user' THEN user_id END, identity_id = CASE $2 WHEN 'user' THEN identity_id END
      WHERE id = $1 AND result = 'started'`,
    values: [run.id, run.attribution, run.fallbackReason, run.result, run.code],
  });
}

interface SyncRow {
  id: string;
  reason: SyncReason;
  attribution: Sync["attribution"];
  user_id: string | null;
  login: string | null;
  provider_uid: string | null;
  fallback_reason: string | null;
  result: Sync["result"];
  code: string | null;
  started_at: Date;
  finished_at: Date | null;
}

/** A repository's runs, the newest first. */
export async function listSyncs(
  database: Queryable,
  page: { repositoryId: string; after?: string | undefined; limit: number },
): Promise<Sync[]> {
  const { rows } = await database.query<SyncRow>({
    text: `SELECT s.id, s.reason, s.attribution, s.user_id, i.login, i.provider_uid, s.fallback_reason, s.result, s.code,
        s.started_at, s.finished_at
      FROM syncs s LEFT JOIN identities i ON i.id = s.identity_id
      WHERE s.repository_id = $1 AND ($2::uuid IS NULL
        OR (s.started_at, s.id) < (SELECT l.started_at, l.id FROM syncs l WHERE l.id = $2))
      ORDER BY s.started_at DESC, s.id DESC LIMIT $3`,
    values: [page.repositoryId, page.after ?? null, page.limit],
  });
  return rows.map((row) => ({
    id: row.id,
    reason: row.reason,
    attribution: row.attribution,
    userId: row.user_id,
    login: row.login,
    providerUid: row.provider_uid,
    fallbackReason: row.fallback_reason,
    result: row.result,
    code: row.code,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}

/** Forgets runs after so many days; the audit log keeps them. @returns how many */
export async function removeOldSyncs(
  database: Queryable,
  { days, most }: { days: number; most: number },
): Promise<number> {
  const { rowCount } = await database.query({
    name: "remove-old-syncs",
    text: `DELETE FROM syncs WHERE id = ANY (ARRAY(SELECT id FROM syncs
      WHERE started_at < now() - $1 * interval '1 day' AND result <> 'started' LIMIT $2))`,
    values: [days, most],
  });
  return rowCount ?? 0;
}
