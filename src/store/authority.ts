import { type Account, type AccountRow, accountColumns, toAccount } from "./accounts/account.ts";
import type { BotKind } from "./bots.ts";
import type { Queryable } from "./database.ts";
import { inForce } from "./delegations.ts";
import { type User, type UserReference, userCondition } from "./users.ts";

/** All that decides whether a bot may act as a user, as one statement read it (invariant 4). */
export interface Authority {
  bot: { id: string; name: string; kind: BotKind };
  user: (User & { identity: ActingIdentity | null; signOff: boolean }) | null;
  account: Account | null;
  /** Those in force for this bot, user and provider. */
  delegations: { id: string; repositories: string[]; branches: string[]; capabilities: string[] }[];
}

export interface ActingIdentity {
  id: string;
  providerUid: string;
  login: string;
  displayName: string | null;
  /** What GitHub last put on a commit of theirs. */
  commitEmail: string | null;
}

interface AuthorityRow extends Partial<AccountRow> {
  bot_id: string;
  bot_name: string;
  bot_kind: BotKind;
  user_id: string | null;
  external_id: string | null;
  role: User["role"];
  status: User["status"];
  sign_off: boolean;
  acting_identity_id: string | null;
  commit_email: string | null;
  provider_uid: string | null;
  login: string;
  display_name: string | null;
  delegations: Authority["delegations"];
}

/**
 * Reads key, bot, user, account and delegations in one statement. Nothing of it is ever cached, so ending any of them
 * stops every request that starts after the ending call returned, on every replica.
 * @returns null when no live key has that hash
 */
export async function readAuthority(
  database: Queryable,
  request: { keyHash: Buffer; user: UserReference; provider: string },
): Promise<Authority | null> {
  const { rows } = await database.query<AuthorityRow>({
    name: `read-authority-${request.user.kind}`,
    text: `SELECT b.id AS bot_id, b.name AS bot_name, b.kind AS bot_kind, u.id AS user_id, u.external_id, u.role,
        u.status, u.sign_off, i.id AS acting_identity_id, i.commit_email, i.provider_uid, i.login, i.display_name, ${accountColumns("a")},
        (SELECT coalesce(json_agg(json_build_object('id', d.id, 'repositories', d.repositories,
            'branches', d.branches, 'capabilities', d.capabilities)), '[]')
          FROM delegations d
          WHERE d.user_id = u.id AND d.bot_id = b.id AND d.provider = $3 AND ${inForce}) AS delegations
      FROM keys k
      JOIN bots b ON b.id = k.bot_id AND b.revoked_at IS NULL
      LEFT JOIN users u ON ${userCondition(request.user.kind, "u", "$2")}
      LEFT JOIN user_external_accounts a ON a.user_id = u.id AND a.provider = $3
      LEFT JOIN identities i ON i.id = coalesce(a.identity_id, (SELECT s.id FROM identities s
        WHERE s.user_id = u.id AND s.provider = $3 ORDER BY s.updated_at DESC LIMIT 1))
      WHERE k.key_hash = $1 AND k.revoked_at IS NULL`,
    values: [request.keyHash, request.user.value, request.provider],
  });
  const row = rows[0];
  if (!row) return null;
  return {
    bot: { id: row.bot_id, name: row.bot_name, kind: row.bot_kind },
    user: row.user_id
      ? {
          id: row.user_id,
          externalId: row.external_id,
          role: row.role,
          status: row.status,
          signOff: row.sign_off,
          identity:
            row.acting_identity_id && row.provider_uid
              ? {
                  id: row.acting_identity_id,
                  providerUid: row.provider_uid,
                  login: row.login,
                  displayName: row.display_name,
                  commitEmail: row.commit_email,
                }
              : null,
        }
      : null,
    account: isAccountRow(row) ? toAccount(row) : null,
    delegations: row.delegations,
  };
}

function isAccountRow(row: AuthorityRow): row is AuthorityRow & AccountRow {
  return typeof row.account_id === "string";
}
