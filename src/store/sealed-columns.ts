/** A table that holds something sealed. Beside it the table has `key_id`, the key that sealed the row. */
export interface SealedTable {
  table: string;
  columns: readonly string[];
  /** The type of the column `id`. */
  id: "uuid" | "text";
  /**
   * Beside table, column and row, a sealed value is bound to a user and a provider: the columns that name them; null
   * where a row belongs to none, which is sealed as an empty text, as is a user who is not known (any more).
   */
  userId: string | null;
  provider: string | null;
}

/**
 * Every column that holds something sealed. Whoever looks for what is sealed goes by this list: the check of the keys,
 * their rotation, and the verification. A test compares it with the database.
 */
export const sealedColumns: readonly SealedTable[] = [
  {
    table: "user_external_accounts",
    columns: ["access_token", "refresh_token"],
    id: "uuid",
    userId: "user_id",
    provider: "provider",
  },
  {
    table: "pending_revocations",
    columns: ["access_token", "refresh_token"],
    id: "uuid",
    userId: "user_id",
    provider: "provider",
  },
  {
    table: "pending_connects",
    columns: ["access_token", "refresh_token"],
    id: "uuid",
    userId: "user_id",
    provider: "provider",
  },
  { table: "scoped_tokens", columns: ["token"], id: "uuid", userId: "user_id", provider: "provider" },
  { table: "deliveries", columns: ["payload"], id: "uuid", userId: null, provider: "provider" },
  { table: "lookup_keys", columns: ["secret"], id: "text", userId: null, provider: null },
  { table: "erasures", columns: ["names"], id: "uuid", userId: "user_id", provider: null },
];
