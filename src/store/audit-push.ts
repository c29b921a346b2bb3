import type { Queryable } from "./database.ts";

/** One ref of a push, as GitHub tells of it. */
export interface ToldPush {
  /** `owner/name` */
  repository: string;
  ref: string;
  from: string;
  to: string;
}

/**
 * Notes of a push in the audit log that it threw commits away. Doing so twice is doing it once.
 * @returns how many events it was noted on: none, where somebody else's push was told of
 */
export async function noteForcedPush(database: Queryable, push: ToldPush): Promise<number> {
  const { rowCount } = await database.query({
    name: "note-forced-push",
    text: `UPDATE audit_events SET detail = detail || '{"forced": true}'
      WHERE action = 'git.push' AND detail ->> 'from' = $1 AND detail ->> 'to' = $2 AND detail ->> 'ref' = $3
        AND lower(repository) = lower($4) AND result <> 'failed'`,
    values: [push.from, push.to, push.ref, push.repository],
  });
  return rowCount ?? 0;
}
