import type { QueryResultRow } from "pg";
import type { Database, Queryable } from "../database.ts";

/** Texts and JSON of a row that may name a person. */
export type NamedRow = Record<string, unknown>;

/** A table whose rows may name people who are not their owners: what somebody did, asked for or permitted elsewhere. */
export interface NamedPlace {
  table: "audit_events" | "commits" | "delegations" | "passes" | "bots" | "offers";
  /** The primary key: rows are looked through in its order, a part of them at a time. */
  key: readonly { column: string; type: string }[];
  /** Where it matters whose a row is: the column with the user's id. */
  owner?: string;
  /** Where the names can stand. */
  columns: readonly { column: string; type: "text" | "text[]" | "jsonb" }[];
}

/** Every place. A test compares it with the database, and says of each other text why it names nobody. */
export const namedPlaces: readonly NamedPlace[] = [
  {
    table: "audit_events",
    key: [{ column: "id", type: "bigint" }],
    columns: [
      { column: "repository", type: "text" },
      { column: "branch", type: "text" },
      { column: "requested_by", type: "text" },
      { column: "run_url", type: "text" },
      { column: "detail", type: "jsonb" },
    ],
  },
  {
    table: "commits",
    key: [
      { column: "bot_id", type: "uuid" },
      { column: "idempotency_key", type: "text" },
    ],
    columns: [{ column: "answer", type: "jsonb" }],
  },
  {
    table: "delegations",
    key: [{ column: "id", type: "uuid" }],
    columns: [{ column: "repositories", type: "text[]" }],
  },
  {
    table: "passes",
    key: [{ column: "id", type: "uuid" }],
    owner: "user_id",
    columns: [
      { column: "repositories", type: "text[]" },
      { column: "branches", type: "text[]" },
      { column: "paths", type: "text[]" },
      { column: "requested_by", type: "text" },
      { column: "run_url", type: "text" },
    ],
  },
  { table: "bots", key: [{ column: "id", type: "uuid" }], columns: [{ column: "ceiling", type: "jsonb" }] },
  {
    table: "offers",
    key: [{ column: "id", type: "uuid" }],
    columns: [{ column: "repositories", type: "text[]" }],
  },
];

const rowsAtOnce = 2_000;

/**
 * Looks through the next rows of a place, and rewrites those that hold one of the words.
 * @param search.after the key of the last row that was looked at; null at the beginning
 * @param rewrite what a row should say, and whose it is where the place tells; nothing is written where it says so
 *   already
 * @returns the key of the last row now; null: there are no more
 */
export async function rewriteNextRows(
  database: Database,
  place: NamedPlace,
  search: { after: readonly string[] | null; words: readonly string[] },
  rewrite: (row: NamedRow, owner: unknown) => NamedRow,
): Promise<readonly string[] | null> {
  const { table, key } = place;
  const keys = key.map(({ column }) => column).join(", ");
  const asText = key.map(({ column }) => `${column}::text`).join(", ");
  const texts = place.columns.map(({ column }) => `${column}::text`).join(", ");
  const after = key.map(({ type }, index) => `$${index + 4}::${type}`).join(", ");
  const { rows } = await database.query<{ key: string[]; named: boolean }>({
    text: `SELECT ARRAY[${asText}] AS key, concat_ws(' ', ${texts}) ILIKE ANY ($1) AS named FROM ${table}
      WHERE $2 OR (${keys}) > (${after}) ORDER BY ${keys} LIMIT $3`,
    values: [search.words.map(pattern), search.after === null, rowsAtOnce, ...(search.after ?? key.map(() => null))],
  });
  const named = rows.filter((row) => row.named).map((row) => row.key);
  if (named.length > 0) {
    await database.transaction(async (transaction) => {
      for (const one of named) await rewriteRow(transaction, place, one, rewrite);
    });
  }
  return rows.length < rowsAtOnce ? null : (rows.at(-1)?.key ?? null);
}

/** Locked while it is rewritten: an event is completed, and a call answered, meanwhile. */
async function rewriteRow(
  transaction: Queryable,
  { table, key, columns, owner = "NULL" }: NamedPlace,
  values: readonly string[],
  rewrite: (row: NamedRow, owner: unknown) => NamedRow,
): Promise<void> {
  const where = key.map(({ column, type }, index) => `${column} = $${index + 1}::${type}`).join(" AND ");
  const found = await transaction.query<QueryResultRow & NamedRow>({
    text: `SELECT ${owner} AS owner, ${columns.map(({ column }) => column).join(", ")} FROM ${table} WHERE ${where} FOR UPDATE`,
    values: [...values],
  });
  const [row] = found.rows;
  if (!row) return;
  const { owner: whose, ...before } = row;
  const after = rewrite(before, whose);
  const changed = columns.filter(({ column }) => JSON.stringify(before[column]) !== JSON.stringify(after[column]));
  if (changed.length === 0) return;
  await transaction.query({
    text: `UPDATE ${table} SET ${changed
      .map(({ column, type }, index) => `${column} = $${key.length + index + 1}::${type}`)
      .join(", ")} WHERE ${where}`,
    values: [
      ...values,
      ...changed.map(({ column, type }) => (type === "jsonb" ? JSON.stringify(after[column]) : after[column])),
    ],
  });
}

/** A pattern that finds a word wherever it stands. What JSON or a list would escape is left open. */
function pattern(word: string): string {
  return `%${word.replaceAll(/[\\%_"{}\p{Cc}]+/gu, "%")}%`;
}
