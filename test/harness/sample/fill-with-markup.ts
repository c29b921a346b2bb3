import type { Sample } from "./use-sample.ts";

const markup = `<img src=x onerror=alert(1)>"'`;

/** What is stored of others' words, and whether a page shows it. */
const texts: [table: string, column: string, shown: boolean][] = [
  ["identities", "login", true],
  ["identities", "display_name", true],
  ["identities", "avatar_url", false],
  ["bots", "name", true],
  ["users", "external_id", true],
  ["audit_events", "action", false],
  ["audit_events", "code", true],
  ["audit_events", "repository", true],
  ["audit_events", "branch", true],
  ["audit_events", "requested_by", true],
  ["audit_events", "run_url", false],
  ["audit_events", "request_id", false],
  ["passes", "requested_by", false],
  ["passes", "run_url", false],
  ["browser_sessions", "browser", true],
  ["pending_revocations", "last_error", false],
  ["deliveries", "event", false],
  ["deliveries", "last_error", false],
  ["repositories", "name", false],
  ["syncs", "code", false],
  ["syncs", "fallback_reason", false],
  ["events", "last_error", false],
  ["events", "external_id", false],
];
const lists: [table: string, column: string, shown: boolean][] = [
  ["delegations", "repositories", true],
  ["delegations", "branches", true],
  ["delegations", "capabilities", true],
  ["offers", "repositories", true],
  ["offers", "branches", false],
  ["offers", "capabilities", true],
  ["passes", "repositories", true],
  ["passes", "branches", true],
  ["passes", "paths", false],
  ["passes", "capabilities", true],
  ["connect_links", "scopes", false],
];

/**
 * Puts HTML into everything that a provider, a bot, a platform or an admin can fill, past the checks that most of it
 * would not come through. Each text begins with the name of its field.
 * @returns the fields that some page shows
 */
export async function fillWithMarkup({ stack: { database } }: Sample): Promise<string[]> {
  for (const [table, column] of texts) {
    // Some of them must differ.
    await database.query({ text: `UPDATE ${table} SET ${column} = $1 || ctid::text`, values: [said(table, column)] });
  }
  for (const [table, column] of lists) {
    const value =
      table === "passes" && column === "repositories"
        ? "array_fill($1::text, ARRAY[cardinality(repositories)])"
        : "ARRAY[$1]";
    await database.query({ text: `UPDATE ${table} SET ${column} = ${value}`, values: [said(table, column)] });
  }
  const names = ["reason", "method", "path", "to", "from", "headline", "message", "name", "url", "host"];
  await database.query({
    text: `UPDATE audit_events SET detail = detail ||
      (SELECT jsonb_object_agg(name, 'audit_events.' || name || $2) FROM unnest($1::text[]) AS n (name))`,
    values: [names, ` ${markup}`],
  });
  await database.query({
    text: `UPDATE user_external_accounts SET single_sign_on = jsonb_build_object(
      $1::text, jsonb_build_object('url', 'javascript:alert(1)', 'id', $1::text, 'at', now())) WHERE provider = 'github'`,
    values: [said("user_external_accounts", "single_sign_on")],
  });
  const shown = [...texts, ...lists].flatMap(([table, column, visible]) => (visible ? [`${table}.${column}`] : []));
  return [...shown, "user_external_accounts.single_sign_on"];
}

const said = (table: string, column: string) => `${table}.${column} ${markup}`;
