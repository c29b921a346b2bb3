import { Problem } from "../errors.ts";
import { type Authority, type AuthorityRequest, readAuthority, readPassAuthorities } from "./authority.ts";
import type { Database } from "./database.ts";

/** Reads what {@link readAuthority} reads. */
export type ReadAuthority = (request: AuthorityRequest) => Promise<Authority | null>;

/** How many share a statement at the most. */
const mostTogether = 50;

interface Waiting {
  hash: Buffer;
  resolve(authority: Authority | null): void;
  reject(error: unknown): void;
}

/**
 * Reads authorities so that under load callers with passes share statements: whoever comes while one runs gathers for
 * the next one, and who comes alone waits for nobody. Each statement begins after all who share it came, so what ended
 * before they came is never seen as living (invariant 4).
 */
export function readTogether(database: Database): ReadAuthority {
  const waiting: Waiting[] = [];
  let running = false;

  const read = async () => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, mostTogether);
      try {
        const read = await readPassAuthorities(
          database,
          batch.map(({ hash }) => hash),
        );
        for (const [index, { resolve }] of batch.entries()) resolve(read[index] ?? null);
      } catch (error) {
        // Who waited for a database that is away must not wait for it once more: the answer is due within 5 s.
        const away = error instanceof Problem && error.code === "database_unavailable";
        const told = away ? [...batch, ...waiting.splice(0)] : batch;
        for (const { reject } of told) reject(error);
      }
    }
    running = false;
  };

  return (request) => {
    const { credential, user } = request;
    // What a caller wrote could fail a statement: nobody else's.
    if (credential.kind !== "pass" || user) return readAuthority(database, request);
    return new Promise((resolve, reject) => {
      waiting.push({ hash: credential.hash, resolve, reject });
      if (!running) void read();
    });
  };
}
