/**
 * Every column that holds something sealed, with its table. Beside them each of these tables has `key_id`, the key that
 * sealed the row. Whoever looks for what is sealed goes by this list; a test compares it with the database.
 */
export const sealedColumns = [
  { table: "user_external_accounts", columns: ["access_token", "refresh_token"] },
  { table: "pending_revocations", columns: ["access_token", "refresh_token"] },
  { table: "deliveries", columns: ["payload"] },
] as const;
