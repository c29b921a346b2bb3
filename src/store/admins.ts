import type { Queryable } from "./database.ts";
import { parseUserReference } from "./users.ts";

/** Whom the configuration names as admins: by GitHub's number, and by the platform's id. */
export interface ConfiguredAdmins {
  github: string[];
  external: string[];
}

/** Sorts the references of `ADMIN_USERS`. */
export function configuredAdmins(references: readonly string[]): ConfiguredAdmins {
  const parsed = references.map(parseUserReference);
  const values = (kind: "gh" | "ext") => parsed.flatMap((one) => (one?.kind === kind ? [one.value] : []));
  return { github: values("gh"), external: values("ext") };
}

/**
 * The condition that a user is an admin. The configuration's list is asked each time, and its admins get no role in the
 * database: who is taken off the list is none from the restart on. `github` and `external` are parameters with lists.
 */
export function adminCondition(user: string, github: string, external: string): string {
  return `(${user}.role = 'admin' OR ${user}.external_id = ANY (${external}::text[])
    OR EXISTS (SELECT 1 FROM identities m WHERE m.user_id = ${user}.id AND m.provider IN ('github', 'github-lite')
      AND m.provider_uid = ANY (${github}::text[])))`;
}

/** Whether a user is an admin. */
export async function isAdmin(database: Queryable, userId: string, admins: ConfiguredAdmins): Promise<boolean> {
  const { rows } = await database.query({
    text: `SELECT 1 FROM users u WHERE u.id = $1 AND ${adminCondition("u", "$2", "$3")}`,
    values: [userId, admins.github, admins.external],
  });
  return rows.length > 0;
}
