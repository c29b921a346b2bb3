import type { QueryResultRow } from "pg";
import type { Metadata } from "../../grant.ts";
import type { Queryable } from "../database.ts";
import type { WantedSingleSignOn } from "./single-sign-on.ts";

export type AccountState = "pending" | "active" | "limited" | "revoked";

/** What it takes to hand out a valid token, and no column more: this is read for every request. */
export interface HeldAccount {
  id: string;
  userId: string;
  provider: string;
  identityId: string;
  state: AccountState;
  version: number;
  sealedAccessToken: Buffer | null;
  /** The token is good for longer than the margin. As the database's clock said when the row was read, like the next. */
  fresh: boolean;
  /** The token is known not to have expired yet. */
  stillValid: boolean;
  /** By the lower-cased login of the organisation, or its number. */
  singleSignOn: Record<string, WantedSingleSignOn>;
  /** What its provider keeps with it. */
  metadata: Metadata;
}

/** The columns of a {@link HeldAccount}, for every statement that reads one. `prefix` is the table's name or alias. */
export function heldColumns(prefix: string): string {
  return `${prefix}.id AS account_id, ${prefix}.user_id AS account_user_id, ${prefix}.provider AS account_provider,
    ${prefix}.identity_id, ${prefix}.state, ${prefix}.version, ${prefix}.access_token, ${prefix}.single_sign_on, ${prefix}.metadata,
    coalesce(${prefix}.refresh_due_at > clock_timestamp(), true) AS fresh,
    coalesce(${prefix}.access_expires_at > clock_timestamp(), false) AS still_valid`;
}

export interface HeldRow extends QueryResultRow {
  account_id: string;
  account_user_id: string;
  account_provider: string;
  identity_id: string;
  state: AccountState;
  version: number;
  access_token: Buffer | null;
  fresh: boolean;
  still_valid: boolean;
  single_sign_on: Record<string, WantedSingleSignOn>;
  metadata: Metadata;
}

export function toHeldAccount(row: HeldRow): HeldAccount {
  return {
    id: row.account_id,
    userId: row.account_user_id,
    provider: row.account_provider,
    identityId: row.identity_id,
    state: row.state,
    version: row.version,
    sealedAccessToken: row.access_token,
    fresh: row.fresh,
    stillValid: row.still_valid,
    singleSignOn: row.single_sign_on,
    metadata: row.metadata,
  };
}

// Put together once: it is read so often that making the text again would be felt.
const byId = `SELECT ${heldColumns("a")} FROM user_external_accounts a WHERE a.id = $1`;

/** One account by its id, for its token alone: one indexed read. */
export async function readHeldAccount(database: Queryable, id: string): Promise<HeldAccount | null> {
  const { rows } = await database.query<HeldRow>({
    name: "read-held-account",
    text: byId,
    values: [id],
  });
  return rows[0] ? toHeldAccount(rows[0]) : null;
}
