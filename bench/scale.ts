import type { z } from "zod";
import { requireMasterKeys } from "../src/config/encryption-keys.ts";
import { createKeyring, generateMasterKey } from "../src/crypto/keyring.ts";
import { createLog } from "../src/log.ts";
import { openDatabase } from "../src/store/database.ts";
import { verifyEncryptionKeys } from "../src/store/encryption-keys.ts";
import { BenchError } from "./bench-error.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { fillAccounts } from "./scale/fill-accounts.ts";
import { measure } from "./scale/measure.ts";
import { type Order, readMeasured, rotationMeasured } from "./scale/messages.ts";
import { withDatabase } from "./stage/database.ts";
import { table } from "./table.ts";

const full = { small: 10_000, large: 1_000_000, reads: 20_000, searches: 1_000, searchLimit: 4 };
const little = { small: 50, large: 500, reads: 200, searches: 10, searchLimit: 4 };

/** What a hundred times as many accounts cost, and how fast all of them get another key. */
export async function benchScale(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  const [before, after] = [generateMasterKey(), generateMasterKey()];
  const rotateTo = `${after},${before}`;
  const measured = await withDatabase(deps, ({ url: smallUrl }) =>
    withDatabase(deps, async ({ url: largeUrl }) => {
      const fill = (url: string, accounts: number) =>
        fillPlace(deps, { url, accounts, due: size.searches * size.searchLimit, rotateTo, before });
      const small = await fill(smallUrl, size.small);
      const large = await fill(largeUrl, size.large);
      const { reads, searches, searchLimit } = size;
      const order: Order = { small, large, sealedWith: before, rotateTo, reads, searches, searchLimit };
      const reading = await measure(deps, { script: "./read-process.ts", answer: readMeasured }, order);
      const rotation = await measure(deps, { script: "./rotate-process.ts", answer: rotationMeasured }, order);
      return { ...reading, rotation };
    }),
  );
  if (measured.rotation.rows !== size.large || measured.rotation.left > 0) {
    throw new BenchError(`${measured.rotation.rows} of ${size.large} rows got the new key.`);
  }
  return { figures: figuresOf(measured, size), report: reportOf(measured, size) };
}

async function fillPlace(
  deps: BenchDeps,
  {
    url,
    accounts,
    due,
    before,
    rotateTo,
  }: { url: string; accounts: number; due: number; before: string; rotateTo: string },
): Promise<Order["small"]> {
  deps.progress(`Storing ${accounts.toLocaleString("en")} people with an account each.`);
  const log = createLog({ level: "warn" }, { write: (line) => process.stderr.write(line) });
  const database = openDatabase({ log }, { url, statementTimeoutMs: 600_000 });
  const keyring = (keys: string) => createKeyring(requireMasterKeys({ ENCRYPTION_KEYS: keys }));
  try {
    // As a start does that has both keys: a rotation refuses one that no process was started with.
    await verifyEncryptionKeys({ database, keyring: keyring(rotateTo) });
    const { key } = await fillAccounts(
      deps,
      { database, keyring: keyring(before) },
      { accounts, due: Math.min(due, accounts) },
    );
    return { url, key, accounts };
  } finally {
    await database.close();
  }
}

type Size = typeof full;
type Measured = z.infer<typeof readMeasured> & { rotation: z.infer<typeof rotationMeasured> };

function figuresOf({ readP99, dueP99, rotation, rss }: Measured, size: Size): Record<string, unknown> {
  return {
    p99_ratio_read: round(readP99.large / readP99.small),
    p99_ratio_due: round(dueP99.large / dueP99.small),
    rotation_rows_per_s: Math.round(rotation.rows / rotation.seconds),
    rss_growth_mb: Math.max(growth(rss), growth(rotation.rss)),
    rss_growth_of_mb: { reading: growth(rss), rotating: growth(rotation.rss) },
    p99_read_ms: { small: round(readP99.small), large: round(readP99.large) },
    p99_due_ms: { small: round(dueP99.small), large: round(dueP99.large) },
    rotation_seconds: round(rotation.seconds),
    rss_idle_mb: Math.round(rss.idle / 2 ** 20),
    accounts: { small: size.small, large: size.large },
  };
}

function reportOf({ readP99, dueP99, rotation, rss }: Measured, size: Size): string[] {
  const inMs = (ms: number) => `${ms.toFixed(2)} ms`;
  const row = (what: string, p99: { small: number; large: number }) => [
    what,
    inMs(p99.small),
    inMs(p99.large),
    (p99.large / p99.small).toFixed(2),
  ];
  const accounts = [size.small, size.large].map((count) => `${count.toLocaleString("en")} accounts`);
  return [
    "99 of 100 calls take at most this long, one after the other.",
    "",
    ...table([
      ["", ...accounts, "ratio"],
      row("who may act, and the token", readP99),
      row(`the next ${size.searchLimit} accounts that are due`, dueP99),
    ]),
    "",
    `All ${size.large.toLocaleString("en")} rows got another key in ${rotation.seconds.toFixed(0)} s: ${Math.round(rotation.rows / rotation.seconds).toLocaleString("en")} a second.`,
    `Memory grew by ${growth(rss)} MB at most where it was read and searched, and by ${growth(rotation.rss)} MB in the rotation.`,
  ];
}

function growth({ idle, most }: Measured["rss"]): number {
  return Math.round((most - idle) / 2 ** 20);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
