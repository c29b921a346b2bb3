import { freshToken } from "../../src/actions/accounts/fresh-token.ts";
import { hashSecret } from "../../src/actions/sign-in/secrets.ts";
import { claimDueAccounts } from "../../src/store/accounts/due-accounts.ts";
import { readAuthority } from "../../src/store/authority.ts";
import type { Database } from "../../src/store/database.ts";
import { openTokenDeps } from "../stage/token-deps.ts";
import { type Order, order } from "./messages.ts";
import { p99InTurns } from "./p99-in-turns.ts";
import { watchMemory } from "./watch-memory.ts";

// Reads and searches in a process of its own, so that the memory which filling took is not counted. It ends with its
// parent.

const wanted = order.parse(JSON.parse(process.argv[2] ?? ""));
process.on("disconnect", () => process.exit(1));
const progress = (text: string) => void process.send?.({ progress: text });
const small = await openPlace(wanted.small, wanted.sealedWith);
const large = await openPlace(wanted.large, wanted.sealedWith);
for (const place of [small, large]) await place.read();
const memory = watchMemory();

progress(`Reading ${wanted.reads} times who may act and the token, in turns here and there.`);
const readP99 = await p99InTurns({ small: small.read, large: large.read }, wanted.reads);
progress(`Searching ${wanted.searches} times for ${wanted.searchLimit} accounts that are due.`);
const dueP99 = await p99InTurns({ small: small.search, large: large.search }, wanted.searches);
await small.close();
await large.close();
process.send?.({ readP99, dueP99, rss: memory.stop() }, () => process.disconnect());

function tokenPlace(databaseUrl: string, encryptionKeys: string) {
  return {
    databaseUrl,
    encryptionKeys,
    github: { clientId: "bench", clientSecret: "bench", webUrl: "http://127.0.0.1", apiUrl: "http://127.0.0.1" },
    fetch: () => Promise.reject(new Error("nothing here needs a provider")),
  };
}

async function openPlace({ url, key, accounts }: Order["small"], encryptionKeys: string) {
  const { deps, close } = openTokenDeps(tokenPlace(url, encryptionKeys));
  const users = await someUsers(deps.database, accounts);
  const credential = { kind: "key", hash: hashSecret(key) } as const;
  return {
    close,
    /** All that a request reads before it acts: the key, the user, the permissions, the account; and its token. */
    async read() {
      const value = users[Math.floor(Math.random() * users.length)] ?? "";
      const request = { credential, user: { kind: "id", value }, provider: "github" } as const;
      const authority = await readAuthority(deps.database, request);
      if (!authority?.account || authority.delegations.length !== 1) throw new Error("somebody is not as stored");
      await freshToken(deps, authority.account);
    },
    async search() {
      const { due } = await claimDueAccounts(deps.database, { provider: "github", limit: wanted.searchLimit });
      if (due.length !== wanted.searchLimit) throw new Error("too few accounts are due");
    },
  };
}

/** People from all over the table, so that the cache does not hold those alone that are read. */
async function someUsers(database: Database, accounts: number): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>({
    text: "SELECT id FROM users TABLESAMPLE BERNOULLI ($1)",
    values: [Math.min(100, (100 * 20_000) / accounts)],
  });
  return rows.map(({ id }) => id);
}
