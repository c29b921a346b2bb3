import { type HeldAccount, type HeldRow, heldColumns, toHeldAccount } from "./accounts/held-account.ts";
import type { BotKind } from "./bots.ts";
import type { Credential } from "./credential.ts";
import type { Queryable } from "./database.ts";
import { inForce } from "./delegations.ts";
import { keyInForce } from "./keys.ts";
import { type User, type UserReference, userCondition } from "./users.ts";

/** What a delegation, a ceiling and a pass have in common. */
export interface Scope {
  repositories: string[];
  branches: string[];
  capabilities: string[];
}

/** All that decides whether a bot may act as a user, as one statement read it (invariant 4). */
export interface Authority {
  /** `ceiling`: the most that anybody can delegate to it; null: no limit. */
  bot: { id: string; name: string; kind: BotKind; ceiling: Scope | null };
  user: (User & { identity: ActingIdentity | null; signOff: boolean }) | null;
  account: HeldAccount | null;
  /** Those in force for this bot, user and provider; with a pass only those that it comes from. */
  delegations: ({ id: string } & Scope)[];
  /** Null: the caller came with a key. */
  pass: AuthorityPass | null;
}

/** A pass, as it stands now. */
export interface AuthorityPass extends Scope {
  id: string;
  provider: string;
  /** False: it expired, was ended, or what it was made with or for has ended since. */
  live: boolean;
  /** Whether the user that the caller named, if any, is the pass's. */
  namesPerson: boolean;
  /** GitHub's numbers, at the place of each name. */
  repositoryIds: number[];
  paths: string[] | null;
  requestedBy: string | null;
  runUrl: string | null;
}

export interface ActingIdentity {
  id: string;
  providerUid: string;
  login: string;
  displayName: string | null;
  /** What GitHub last put on a commit of theirs. */
  commitEmail: string | null;
}

export interface AuthorityRequest {
  credential: Credential;
  /** Null with a pass: its person, whoever that is. */
  user: UserReference | null;
  provider: string;
}

interface AuthorityRow extends Partial<HeldRow> {
  bot_id: string;
  bot_name: string;
  bot_kind: BotKind;
  ceiling: Scope | null;
  pass: AuthorityPass | null;
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

const columns = `b.id AS bot_id, b.name AS bot_name, b.kind AS bot_kind, b.ceiling, u.id AS user_id, u.external_id,
  u.role, u.status, u.sign_off, i.id AS acting_identity_id, i.commit_email, i.provider_uid, i.login, i.display_name,
  ${heldColumns("a")}`;

/** @param which the condition of the delegations that count, beside being in force */
function delegationsColumn(which: string): string {
  return `(SELECT coalesce(json_agg(json_build_object('id', d.id, 'repositories', d.repositories,
      'branches', d.branches, 'capabilities', d.capabilities)), '[]')
    FROM delegations d WHERE ${which} AND ${inForce}) AS delegations`;
}

/** @param provider where the account and the identity are looked for */
function personJoins(provider: string): string {
  return `LEFT JOIN user_external_accounts a ON a.user_id = u.id AND a.provider = ${provider}
    LEFT JOIN identities i ON i.id = coalesce(a.identity_id, (SELECT s.id FROM identities s
      WHERE s.user_id = u.id AND s.provider = ${provider} ORDER BY s.updated_at DESC LIMIT 1))`;
}

function keyStatement(kind: UserReference["kind"]): string {
  return `SELECT ${columns}, NULL AS pass,
      ${delegationsColumn("d.user_id = u.id AND d.bot_id = b.id AND d.provider = $3")}
    FROM keys k
    JOIN bots b ON b.id = k.bot_id AND b.revoked_at IS NULL
    LEFT JOIN users u ON ${userCondition(kind, "u", "$2")}
    ${personJoins("$3")}
    WHERE k.key_hash = $1 AND ${keyInForce("k")}`;
}

/**
 * An account that was connected again is another one: the pass ended with the one that it was made for.
 * @param which the condition of the passes that are read
 * @param namesPerson whether the user whom the caller named is the pass's
 */
function passStatement(which: string, namesPerson: string): string {
  return `SELECT p.pass_hash, ${columns}, ${delegationsColumn("d.id = ANY (p.delegation_ids)")},
      json_build_object('id', p.id, 'provider', p.provider, 'repositories', p.repositories,
        'repositoryIds', p.repository_ids, 'branches', p.branches, 'paths', p.paths, 'capabilities', p.capabilities,
        'requestedBy', p.requested_by, 'runUrl', p.run_url,
        'live', p.ended_at IS NULL AND p.expires_at > now() AND ${keyInForce("k")} AND b.revoked_at IS NULL
          AND coalesce(a.connected_at <= p.created_at, true),
        'namesPerson', ${namesPerson}) AS pass
    FROM passes p
    JOIN keys k ON k.id = p.made_with
    JOIN bots b ON b.id = p.bot_id
    JOIN users u ON u.id = p.user_id
    ${personJoins("p.provider")}
    WHERE ${which}`;
}

function namesPerson(kind: UserReference["kind"]): string {
  return `EXISTS (SELECT 1 FROM users n WHERE n.id = u.id AND ${userCondition(kind, "n", "$2")})`;
}

/**
 * Reads key or pass, bot, user, account and delegations in one statement. Nothing of it is ever cached, so ending any
 * of them stops every request that starts after the ending call returned, on every replica.
 * @returns null when no live key and no pass has that hash
 */
export async function readAuthority(database: Queryable, request: AuthorityRequest): Promise<Authority | null> {
  const { credential, user, provider } = request;
  if (credential.kind === "pass" && !user) return (await readPassAuthorities(database, [credential.hash]))[0] ?? null;
  const kind = user?.kind ?? "ext";
  const { rows } =
    credential.kind === "pass"
      ? await database.query<AuthorityRow>({
          name: `read-pass-authority-${kind}`,
          text: passStatement("p.pass_hash = $1", namesPerson(kind)),
          values: [credential.hash, user?.value ?? null],
        })
      : await database.query<AuthorityRow>({
          name: `read-authority-${kind}`,
          text: keyStatement(kind),
          values: [credential.hash, user?.value ?? null, provider],
        });
  return rows[0] ? toAuthority(rows[0]) : null;
}

/**
 * The same for callers who came with passes alone, in one statement for all of them.
 * @returns in the order of the hashes; null where no pass has it
 */
export async function readPassAuthorities(database: Queryable, hashes: Buffer[]): Promise<(Authority | null)[]> {
  const { rows } = await database.query<AuthorityRow & { pass_hash: Buffer }>({
    name: "read-pass-authorities",
    text: passStatement("p.pass_hash = ANY ($1)", "true"),
    values: [hashes],
  });
  return hashes.map((hash) => {
    const row = rows.find(({ pass_hash }) => pass_hash.equals(hash));
    return row ? toAuthority(row) : null;
  });
}

function toAuthority(row: AuthorityRow): Authority {
  return {
    bot: { id: row.bot_id, name: row.bot_name, kind: row.bot_kind, ceiling: row.ceiling },
    pass: row.pass,
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
    account: isHeldRow(row) ? toHeldAccount(row) : null,
    delegations: row.delegations,
  };
}

function isHeldRow(row: AuthorityRow): row is AuthorityRow & HeldRow {
  return typeof row.account_id === "string";
}
