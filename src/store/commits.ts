import type { ProblemCode } from "../errors.ts";
import type { Queryable } from "./database.ts";

/** What an idempotency key stands for. */
export interface CommitKey {
  botId: string;
  key: string;
}

/** The answer that a key's first call got. */
export interface StoredAnswer {
  status: number;
  answer: Record<string, unknown>;
}

/** Where a commit was sent, and what it looks like: enough to recognise it. */
export interface Attempt {
  head: string;
  /** When it was first sent, in ISO 8601. */
  at: string;
  /** Hashes in hex. */
  tree: string;
  message: string;
  /** Whose name it carries, and why not the person's. */
  attribution: "user" | "app";
  fallbackReason: ProblemCode | null;
}

/** What became of an attempt to run the call of a key. */
export type CommitClaim =
  /** It is ours to run; each of an earlier run's attempts may have been made without its answer reaching anybody. */
  | { kind: "run"; attempts: Attempt[] }
  | { kind: "answered"; stored: StoredAnswer }
  /** Another process runs it. */
  | { kind: "running" }
  /** The key was used for another body. */
  | { kind: "mismatch" };

/** A run that is alive renews its claim long before this is over; a dead one's is then taken over. */
const claimSeconds = 5;

interface CommitRow {
  run_id: string | null;
  body_hash: Buffer;
  attempts: Attempt[];
  status: number | null;
  answer: Record<string, unknown> | null;
}

/** Claims the call of a key: the first caller runs it, a second one gets its answer, a third with another body nothing. */
export async function claimCommit(
  database: Queryable,
  commit: CommitKey & { bodyHash: Buffer; runId: string },
): Promise<CommitClaim> {
  const { botId, key, bodyHash, runId } = commit;
  const { rows } = await database.query<CommitRow>({
    name: "claim-commit",
    text: `INSERT INTO commits AS c (bot_id, idempotency_key, body_hash, run_id, run_until)
      VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 s')
      ON CONFLICT (bot_id, idempotency_key) DO UPDATE SET
        run_id = excluded.run_id, run_until = excluded.run_until
      WHERE c.status IS NULL AND c.body_hash = excluded.body_hash
        AND (c.run_until IS NULL OR c.run_until <= clock_timestamp())
      RETURNING run_id, body_hash, attempts, status, answer`,
    values: [botId, key, bodyHash, runId, claimSeconds],
  });
  if (rows[0]) return { kind: "run", attempts: rows[0].attempts };
  const found = await database.query<CommitRow>({
    name: "read-commit",
    text: `SELECT run_id, body_hash, attempts, status, answer FROM commits WHERE bot_id = $1 AND idempotency_key = $2`,
    values: [botId, key],
  });
  const row = found.rows[0];
  if (!row) return { kind: "running" };
  if (!row.body_hash.equals(bodyHash)) return { kind: "mismatch" };
  if (row.status !== null && row.answer !== null) {
    return { kind: "answered", stored: { status: row.status, answer: row.answer } };
  }
  return { kind: "running" };
}

/** Says that the run is alive. */
export async function renewCommit(database: Queryable, commit: CommitKey & { runId: string }): Promise<void> {
  await database.query({
    name: "renew-commit",
    text: `UPDATE commits SET run_until = clock_timestamp() + $4 * interval '1 s'
      WHERE bot_id = $1 AND idempotency_key = $2 AND run_id = $3 AND status IS NULL`,
    values: [commit.botId, commit.key, commit.runId, claimSeconds],
  });
}

/**
 * Writes down on which heads the commit may have been made, or is about to be sent, before it is sent.
 * @returns false when another run has taken the call over: nothing may be sent then
 */
export async function noteAttempts(
  database: Queryable,
  commit: CommitKey & { attempts: readonly Attempt[]; runId: string },
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "note-attempts",
    text: `UPDATE commits SET attempts = $4
      WHERE bot_id = $1 AND idempotency_key = $2 AND run_id = $3 AND status IS NULL`,
    values: [commit.botId, commit.key, commit.runId, JSON.stringify(commit.attempts)],
  });
  return rowCount === 1;
}

/** Keeps the answer for the calls that repeat the key. */
export async function answerCommit(
  database: Queryable,
  commit: CommitKey & { runId: string },
  stored: StoredAnswer,
): Promise<void> {
  await database.query({
    name: "answer-commit",
    text: `UPDATE commits SET status = $4, answer = $5, run_until = NULL
      WHERE bot_id = $1 AND idempotency_key = $2 AND run_id = $3 AND status IS NULL`,
    values: [commit.botId, commit.key, commit.runId, stored.status, JSON.stringify(stored.answer)],
  });
}

/** Lets the next call of the key run again: this one failed in a way that may pass. Where it was sent stays noted. */
export async function releaseCommit(database: Queryable, commit: CommitKey & { runId: string }): Promise<void> {
  await database.query({
    name: "release-commit",
    text: `UPDATE commits SET run_until = NULL
      WHERE bot_id = $1 AND idempotency_key = $2 AND run_id = $3 AND status IS NULL`,
    values: [commit.botId, commit.key, commit.runId],
  });
}

/** Forgets keys after 7 days. */
export async function removeOldCommits(database: Queryable): Promise<void> {
  await database.query({ text: "DELETE FROM commits WHERE created_at < now() - interval '7 days'" });
}
