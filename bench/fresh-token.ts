import { randomBytes } from "node:crypto";
import { Pool } from "pg";
import { generateMasterKey } from "../src/crypto/keyring.ts";
import type { BenchDeps, Outcome } from "./benchmarks.ts";
import { type Compared, callers, compareReads } from "./fresh-token/compare.ts";
import { bareSelect, type Contender, throughOnbehalf } from "./fresh-token/contenders.ts";
import { connectDirectly } from "./stage/connect-directly.ts";
import { withDatabase } from "./stage/database.ts";
import { inTurns } from "./stage/in-turns.ts";
import { openTokenDeps } from "./stage/token-deps.ts";
import { table } from "./table.ts";

const full = { accounts: 5_000, rounds: 15, reads: 5_000 };
const little = { accounts: 50, rounds: 3, reads: 500 };

/** What a person's valid token costs, beside a SELECT that opens and judges nothing, and beside another library. */
export async function benchFreshToken(deps: BenchDeps): Promise<Outcome> {
  const size = deps.quick ? little : full;
  return withDatabase(deps, async ({ url }) => {
    const onbehalf = openTokenDeps({
      databaseUrl: url,
      encryptionKeys: generateMasterKey(),
      github: { clientId: "bench", clientSecret: "bench", webUrl: "http://127.0.0.1", apiUrl: "http://127.0.0.1" },
      fetch: () => Promise.reject(new Error("a valid token needs no provider")),
    });
    const peerPool = new Pool({ connectionString: url, max: 10 });
    try {
      deps.progress(`Storing ${size.accounts} accounts with valid tokens.`);
      const tokens = Array.from({ length: size.accounts }, () => `ghu_${randomBytes(18).toString("hex")}`);
      const holders = await inTurns(tokens, 10, async (accessToken, index) => {
        const pair = {
          accessToken,
          refreshToken: `ghr_${randomBytes(38).toString("hex")}`,
          accessExpiresIn: 28_800,
          refreshExpiresIn: 15_897_600,
          scopes: [],
        };
        const person = { login: `person-${index}`, uid: 7_000_001 + index, pair };
        return { accountId: await connectDirectly(onbehalf.deps, person), accessToken };
      });
      await onbehalf.deps.database.query({ text: "ANALYZE" });
      const contenders: Contender[] = [bareSelect(onbehalf.deps, holders), throughOnbehalf(onbehalf.deps, holders)];
      if (!deps.quick) {
        const { throughBetterAuth } = await import("./fresh-token/better-auth.ts");
        contenders.push(await throughBetterAuth(peerPool, tokens));
      }
      deps.progress(`Reading ${size.reads} of them, ${size.rounds} times each of ${contenders.length} ways.`);
      const compared = await compareReads(deps, contenders, size);
      return { figures: figuresOf(compared), report: reportOf(compared, size.accounts) };
    } finally {
      await peerPool.end();
      await onbehalf.close();
    }
  });
}

function figuresOf(compared: Compared[]): Record<string, unknown> {
  const own = wanted(compared, "onbehalf");
  const peer = compared.find(({ contender }) => contender.name === "better_auth");
  return {
    ratio_select: round(own.ofFirst),
    // Quick, nothing is installed to compare with.
    ratio_better_auth: peer ? round(own.ofFirst / peer.ofFirst) : null,
    cpu_us_per_read: round(own.cpu),
    cpu_us_per_select: round(wanted(compared, "select").cpu),
    cpu_us_per_read_better_auth: peer ? round(peer.cpu) : null,
    reads_per_s: Object.fromEntries(
      compared.map(({ contender, perSecond }) => [contender.name, Math.round(perSecond)]),
    ),
    callers,
  };
}

function reportOf(compared: Compared[], accounts: number): string[] {
  const rows = compared.map(({ contender, perSecond, cpu, ofFirst }) => [
    contender.title,
    String(Math.round(perSecond)),
    `${cpu.toFixed(0)} µs`,
    ofFirst.toFixed(2),
  ]);
  return [
    `One of ${accounts} people's valid token, ${callers} callers at once, ten connections. Processor time without PostgreSQL's.`,
    "",
    ...table([["", "a second", "processor", "ratio"], ...rows]),
  ];
}

function wanted(compared: Compared[], name: Contender["name"]): Compared {
  const found = compared.find(({ contender }) => contender.name === name);
  if (!found) throw new Error(`${name} was not measured`);
  return found;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
