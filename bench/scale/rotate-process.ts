import { rotateKeys } from "../../src/actions/keys/rotate-keys.ts";
import { readKeyring, wholeTables } from "../../src/cli/key-deps.ts";
import { createLog } from "../../src/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { order } from "./messages.ts";
import { watchMemory } from "./watch-memory.ts";

// Rotates the key of the larger database as `keys rotate` does, in a process of its own as that is. It ends with its
// parent.

const { large, rotateTo } = order.parse(JSON.parse(process.argv[2] ?? ""));
process.on("disconnect", () => process.exit(1));
const progress = (text: string) => void process.send?.({ progress: text });
progress("Rotating the key of the larger one.");
const log = createLog({ level: "warn" }, { write: (line) => process.stderr.write(line) });
const database = openDatabase({ log }, { ...wholeTables, url: large.url, connections: 2 });
const keyring = readKeyring({ environment: { ENCRYPTION_KEYS: rotateTo } });
const memory = watchMemory();
const begun = performance.now();
let told = begun;
const { resealed, left } = await rotateKeys(
  { database, keyring },
  {
    stop: new AbortController().signal,
    onLingering() {},
    onProgress(done, total) {
      if (performance.now() - told < 5_000) return;
      told = performance.now();
      progress(`  ${done.toLocaleString("en")} of ${total.toLocaleString("en")} rows`);
    },
  },
);
const seconds = (performance.now() - begun) / 1000;
await database.close();
process.send?.({ rows: resealed, left, seconds, rss: memory.stop() }, () => process.disconnect());
