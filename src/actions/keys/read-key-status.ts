import type { Keyring } from "../../crypto/keyring.ts";
import type { Database } from "../../store/database.ts";
import { readKnownKeys } from "../../store/encryption-keys.ts";
import { countSealed } from "../../store/sealed/count-sealed.ts";
import { sealedColumns } from "../../store/sealed-columns.ts";

export interface KeyStatus {
  id: string;
  /** `seals`: the first of ENCRYPTION_KEYS. `opens`: another one. `missing`: not configured here. */
  configured: "seals" | "opens" | "missing";
  /**
   * How its check value compares with the one that the database keeps. `new`: none is kept, since nothing was started
   * with it yet. Null: there is nothing to compare.
   */
  check: "matches" | "differs" | "new" | null;
  /** How many rows it seals, by table. */
  rows: Record<string, number>;
}

/** Every key that is configured, known to the database, or named by a sealed row. The first one comes first. */
export async function readKeyStatus(deps: { database: Database; keyring: Keyring }): Promise<KeyStatus[]> {
  const { database, keyring } = deps;
  const known = new Map((await readKnownKeys(deps)).map(({ id, matches }) => [id, matches]));
  const counts = await countSealed(database);
  const ids = new Set([...keyring.ids, ...known.keys(), ...counts.map(({ keyId }) => keyId)]);
  return [...ids].map((id) => {
    const configured = keyring.ids.includes(id);
    const matches = known.get(id);
    const rows = sealedColumns.map(({ table }) => {
      const counted = counts.find((count) => count.table === table && count.keyId === id);
      return [table, counted?.rows ?? 0];
    });
    return {
      id,
      configured: id === keyring.activeId ? "seals" : configured ? "opens" : "missing",
      check:
        matches === undefined ? (configured ? "new" : null) : matches === null ? null : matches ? "matches" : "differs",
      rows: Object.fromEntries(rows),
    };
  });
}
