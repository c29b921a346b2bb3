import type { Queryable } from "../database.ts";

/** What an organisation wants before an account's token gets in there. */
export interface WantedSingleSignOn {
  /** Where the person passes it, without the one-time part of the address; null: GitHub's number is all that is known. */
  url: string | null;
  /** GitHub's number of the organisation, where that was told. */
  id: string | null;
  /** Since when, ISO 8601. */
  at: string;
}

/** Notes that an organisation keeps an account out. It changes nothing else: the account is as live as before. */
export async function noteWantedSingleSignOn(
  database: Queryable,
  account: { id: string },
  wanted: { organization: string; url: string | null; id: string | null },
): Promise<void> {
  await database.query({
    name: "note-wanted-single-sign-on",
    text: `UPDATE user_external_accounts SET single_sign_on = single_sign_on ||
        jsonb_build_object($2::text, jsonb_build_object('url', $3::text, 'id', $4::text,
          'at', coalesce(single_sign_on -> $2::text -> 'at', to_jsonb(now()))))
      WHERE id = $1 AND state IN ('active', 'limited')`,
    values: [account.id, wanted.organization.toLowerCase(), wanted.url, wanted.id],
  });
}

/** The organisation lets the account in. */
export async function forgetWantedSingleSignOn(
  database: Queryable,
  account: { id: string },
  organization: string,
): Promise<void> {
  await database.query({
    name: "forget-wanted-single-sign-on",
    text: "UPDATE user_external_accounts SET single_sign_on = single_sign_on - $2::text WHERE id = $1",
    values: [account.id, organization.toLowerCase()],
  });
}
