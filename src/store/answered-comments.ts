import type { Queryable } from "./database.ts";

/** A comment that asks for an answer, by the provider's numbers. Who wrote it is kept nowhere. */
export interface AskingComment {
  provider: string;
  number: number;
  repositoryNumber: number;
}

/**
 * Whether a comment may be answered now: for the first time; `again`: somebody began, and it isn't known whether they
 * came to the end; `answered`; `busy`: somebody else is at it; `too many`: the repository has had its share.
 */
export type CommentClaim = "first" | "again" | "answered" | "busy" | "too many";

/** Longer than it can take to ask GitHub all that an answer needs. */
const claimSeconds = 120;
/** So many are answered in a repository within an hour. */
const mostAnHour = 20;

/** Claims a comment, so that it is answered once, however often its delivery is handled. */
export async function claimComment(database: Queryable, comment: AskingComment): Promise<CommentClaim> {
  const { provider, number, repositoryNumber } = comment;
  const first = await database.query({
    name: "claim-comment",
    text: `INSERT INTO answered_comments (provider, number, repository_number, claimed_until)
      SELECT $1::text, $2::bigint, $3::bigint, now() + $4 * interval '1 s'
      WHERE (SELECT count(*) FROM answered_comments
        WHERE provider = $1 AND repository_number = $3 AND created_at > now() - interval '1 hour') < $5
      ON CONFLICT (provider, number) DO NOTHING`,
    values: [provider, number, repositoryNumber, claimSeconds, mostAnHour],
  });
  if (first.rowCount === 1) return "first";
  const again = await database.query({
    name: "claim-comment-again",
    text: `UPDATE answered_comments SET claimed_until = now() + $3 * interval '1 s'
      WHERE provider = $1 AND number = $2 AND answered_at IS NULL AND claimed_until <= now()`,
    values: [provider, number, claimSeconds],
  });
  if (again.rowCount === 1) return "again";
  const { rows } = await database.query<{ answered: boolean }>({
    name: "read-comment",
    text: `SELECT answered_at IS NOT NULL AS answered FROM answered_comments WHERE provider = $1 AND number = $2`,
    values: [provider, number],
  });
  if (!rows[0]) return "too many";
  return rows[0].answered ? "answered" : "busy";
}

/** It is answered, or won't be. */
export async function settleComment(database: Queryable, comment: AskingComment): Promise<void> {
  await database.query({
    text: `UPDATE answered_comments SET answered_at = now(), claimed_until = NULL WHERE provider = $1 AND number = $2`,
    values: [comment.provider, comment.number],
  });
}

/** Lets the next try begin at once. */
export async function releaseComment(database: Queryable, comment: AskingComment): Promise<void> {
  await database.query({
    text: `UPDATE answered_comments SET claimed_until = now()
      WHERE provider = $1 AND number = $2 AND answered_at IS NULL`,
    values: [comment.provider, comment.number],
  });
}

/** Forgets comments after 30 days; their deliveries are forgotten long before. */
export async function removeOldComments(database: Queryable): Promise<void> {
  await database.query({ text: "DELETE FROM answered_comments WHERE created_at < now() - interval '30 days'" });
}
