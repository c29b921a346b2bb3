import type { Queryable } from "./database.ts";
import { keyInForce } from "./keys.ts";

/** What a caller came with: a bot's key, or a pass; only their SHA-256 is known here. */
export interface Credential {
  kind: "key" | "pass";
  hash: Buffer;
}

/** Whether a key lives, or the key that a pass was made with: a cheap look before a large body is read. */
export async function keyIsLive(database: Queryable, credential: Credential): Promise<boolean> {
  const found =
    credential.kind === "pass"
      ? "passes p JOIN keys k ON k.id = p.made_with WHERE p.pass_hash = $1 AND p.ended_at IS NULL AND p.expires_at > now()"
      : "keys k WHERE k.key_hash = $1";
  const { rows } = await database.query({
    name: `${credential.kind}-is-live`,
    text: `SELECT 1 FROM bots b WHERE b.revoked_at IS NULL
      AND b.id = (SELECT k.bot_id FROM ${found} AND ${keyInForce("k")})`,
    values: [credential.hash],
  });
  return rows.length > 0;
}
