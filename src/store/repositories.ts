import { channel } from "./accounts/account-changes.ts";
import { one, type Queryable } from "./database.ts";

/** What is told on the channel when something is due at once: a hint that saves waiting. */
export const repositoriesDue = "repositories";

/** Why a run takes place: it is due, somebody asked, somebody pushed, or the one before failed. */
export type SyncReason = "schedule" | "request" | "push" | "retry";

/** A repository of which a mirror is kept. */
export interface Repository {
  id: string;
  provider: string;
  /** The provider's own: names change. */
  number: number;
  /** As it was last seen. */
  name: string;
  /** With whose authorisation it is synced; null: the app's. */
  syncedByUserId: string | null;
  /** Seconds between two runs; null: only on pushes and requests. */
  everySeconds: number | null;
  nextSyncAt: Date | null;
  createdAt: Date;
}

export interface RepositoryRow {
  id: string;
  provider: string;
  /** PostgreSQL's bigint comes as text; GitHub's numbers are far below 2^53. */
  number: string;
  name: string;
  synced_by_user_id: string | null;
  every_seconds: number | null;
  next_sync_at: Date | null;
  created_at: Date;
}

const columns = `r.id, r.provider, r.number, r.name, r.synced_by_user_id, r.every_seconds, r.next_sync_at,
  r.created_at`;

/** Registers a repository, or changes how it is synced, and has it synced at once. */
export async function saveRepository(
  database: Queryable,
  repository: Pick<Repository, "provider" | "number" | "name" | "syncedByUserId" | "everySeconds">,
): Promise<{ repository: Repository; created: boolean }> {
  const { provider, number, name, syncedByUserId, everySeconds } = repository;
  const row = one(
    await database.query<RepositoryRow & { created: boolean }>({
      text: `INSERT INTO repositories AS r (provider, number, name, synced_by_user_id, every_seconds, next_sync_at,
          wanted_by)
        VALUES ($1, $2, $3, $4, $5, now(), 'request')
        ON CONFLICT (provider, number) DO UPDATE SET name = excluded.name, updated_at = now(),
          synced_by_user_id = excluded.synced_by_user_id, synced_by_ended = false, needs_delegation = false,
          every_seconds = excluded.every_seconds, next_sync_at = now(), wanted_by = 'request'
        RETURNING ${columns}, r.xmax = 0 AS created`,
      values: [provider, number, name, syncedByUserId, everySeconds],
    }),
  );
  await database.query({ text: `SELECT pg_notify('${channel}', '${repositoriesDue}')` });
  return { repository: toRepository(row), created: row.created };
}

/** The repositories, in the order in which they were registered. */
export async function listRepositories(
  database: Queryable,
  page: { after?: string | undefined; limit: number },
): Promise<Repository[]> {
  const { rows } = await database.query<RepositoryRow>({
    text: `SELECT ${columns} FROM repositories r
      WHERE $1::uuid IS NULL
        OR (r.created_at, r.id) > (SELECT l.created_at, l.id FROM repositories l WHERE l.id = $1)
      ORDER BY r.created_at, r.id LIMIT $2`,
    values: [page.after ?? null, page.limit],
  });
  return rows.map(toRepository);
}

/** Whether a repository of that id is registered. */
export async function isRepository(database: Queryable, id: string): Promise<boolean> {
  const { rows } = await database.query({ text: "SELECT 1 FROM repositories WHERE id = $1", values: [id] });
  return rows.length > 0;
}

/** Which of these ids are registered. */
export async function knownRepositories(database: Queryable, ids: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>({
    text: "SELECT id FROM repositories WHERE id = ANY ($1::uuid[])",
    values: [ids],
  });
  return rows.map(({ id }) => id);
}

/** Forgets a repository with its runs. A run that goes on loses its lease. */
export async function removeRepository(
  database: Queryable,
  id: string,
): Promise<{ provider: string; name: string } | null> {
  const { rows } = await database.query<{ provider: string; name: string }>({
    text: "DELETE FROM repositories WHERE id = $1 RETURNING provider, name",
    values: [id],
  });
  return rows[0] ?? null;
}

/** Keeps the name under which a repository was just seen. */
export async function renameRepository(database: Queryable, repository: { id: string; name: string }): Promise<void> {
  await database.query({
    text: "UPDATE repositories SET name = $2, updated_at = now() WHERE id = $1 AND name <> $2",
    values: [repository.id, repository.name],
  });
}

/**
 * Has a repository synced now. While a run goes on, one more follows it, however often this is called.
 * @returns its id; null: it is not registered
 */
export async function wantSync(
  database: Queryable,
  repository: { id: string } | { provider: string; number: number },
  reason: "request" | "push",
): Promise<string | null> {
  const named = "id" in repository;
  const { rows } = await database.query<{ id: string }>({
    name: named ? "want-sync" : "want-sync-by-number",
    text: `WITH wanted AS (UPDATE repositories SET next_sync_at = least(next_sync_at, now()), wanted_by = $1
        WHERE ${named ? "id = $2" : "provider = $2 AND number = $3"} RETURNING id)
      SELECT id, pg_notify('${channel}', '${repositoriesDue}') FROM wanted`,
    values: named ? [reason, repository.id] : [reason, repository.provider, repository.number],
  });
  return rows[0]?.id ?? null;
}

/**
 * Changes as whom a repository is synced, and has it synced so at once. A run that goes on as somebody else ends.
 * @param change.needsDelegation it goes on as them only while they let some bot read it
 * @returns what it is; null: it is not registered
 */
export async function setSyncedBy(
  transaction: Queryable,
  change: { id: string; userId: string | null; needsDelegation: boolean },
): Promise<{ provider: string; name: string } | null> {
  const { rows } = await transaction.query<{ provider: string; name: string }>({
    text: `WITH changed AS (UPDATE repositories SET synced_by_user_id = $2, synced_by_ended = false, needs_delegation = $3,
          updated_at = now(), next_sync_at = now(), wanted_by = 'request' WHERE id = $1 RETURNING provider, name)
      SELECT provider, name, pg_notify('${channel}', '${repositoriesDue}') FROM changed`,
    values: [change.id, change.userId, change.needsDelegation],
  });
  return rows[0] ? { provider: rows[0].provider, name: rows[0].name } : null;
}

/** Nothing is synced as this user any more; the app takes over, and each run says why. */
export async function endSyncsAs(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: `UPDATE repositories SET synced_by_user_id = NULL, synced_by_ended = true, updated_at = now()
      WHERE synced_by_user_id = $1`,
    values: [userId],
  });
}

/** Forgets the repositories of owners who are erased. Their mirrors go with the next clean-up. */
export async function removeRepositoriesOf(
  transaction: Queryable,
  owners: { provider: string; logins: readonly string[] },
): Promise<void> {
  await transaction.query({
    text: "DELETE FROM repositories WHERE provider = $1 AND split_part(lower(name), '/', 1) = ANY ($2)",
    values: [owners.provider, owners.logins.map((login) => login.toLowerCase())],
  });
}

function toRepository(row: RepositoryRow): Repository {
  return {
    id: row.id,
    provider: row.provider,
    number: Number(row.number),
    name: row.name,
    syncedByUserId: row.synced_by_user_id,
    everySeconds: row.every_seconds,
    nextSyncAt: row.next_sync_at,
    createdAt: row.created_at,
  };
}
