import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, test } from "vitest";
import { claimCommit, renewCommit } from "../../src/store/commits.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { type Gate, openGate } from "../harness/gate.ts";
import { git } from "../harness/history.ts";
import { commitBody, commitOnce } from "../harness/keyed-commit.ts";
import { type Committer, committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { emptyFolder, type Program, runProgram } from "../harness/program.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

/*
 * Real processes, killed between sending a commit and its answer. They run in lanes beside each other, since most of
 * the time goes by waiting: a dead process's call can be taken over after 5 s.
 */

const stack = useStack();
let folder: Awaited<ReturnType<typeof emptyFolder>>;
const gates: Gate[] = [];
beforeAll(async () => {
  folder = await emptyFolder();
});
afterAll(async () => {
  for (const gate of gates) await gate.close();
  await folder.remove();
});

/** How a lane commits, and by which request GitHub makes the commit. */
interface Way {
  name: string;
  request: string;
  change: (branch: string, head: string) => Record<string, unknown>;
}
const mutation = "mutation CommitAsUser";
const ways: Way[] = [
  { name: "the head read", request: mutation, change: () => ({}) },
  {
    name: "the head given",
    request: mutation,
    change: (branch, head) => ({ branch, base: "main", expected_head: head }),
  },
  { name: "a new branch", request: mutation, change: (branch) => ({ branch, base: "main" }) },
  { name: "as the app", request: mutation, change: () => ({ attribution: "app" }) },
  {
    name: "git's data API",
    request: "/git/refs/heads",
    change: () => ({
      require_verified: false,
      changes: [{ path: `run-${Math.random()}`, content: "", mode: "100755" }],
    }),
  },
];
const killsEach = 10;

/** Where in the request's life the process dies. */
function arm(gate: Gate, request: string, kill: () => Promise<unknown>): void {
  const point = Math.random() * 4;
  if (point < 1) {
    // It was sent, and never reaches GitHub.
    gate.before(request, async () => {
      await kill();
      throw new Error("lost on the way");
    });
  } else if (point < 2) {
    // It reaches GitHub when the process is long dead, perhaps after somebody else has taken over.
    gate.before(request, async () => {
      await kill();
      await sleep(Math.random() * 8000);
    });
  } else if (point < 3) {
    // While GitHub is at work.
    gate.before(request, () => void sleep(Math.random() * 40).then(kill));
  } else {
    // GitHub has committed, and its answer finds nobody.
    gate.after(request, kill);
  }
}

/** One commit whose process is killed, and the answer to its repetition at another replica. */
interface Killed {
  headline: string;
  repeat: Promise<ApiAnswer>;
  again: () => Promise<ApiAnswer>;
}

/** onbehalf in a process of its own, behind a gate. */
async function startProcess(gate: Gate): Promise<Program & { url: string }> {
  const port = String(await freePort());
  const environment = { ...stack.environment, GITHUB_API_URL: gate.apiUrl, LOG_LEVEL: "info", PORT: port };
  const program = runProgram(["start"], { folder: folder.path, environment });
  await program.says(/onbehalf is listening/);
  return { ...program, url: `http://127.0.0.1:${port}` };
}

async function killOnce(who: Committer, gate: Gate, way: Way, number: number): Promise<Killed> {
  const program = await startProcess(gate);
  const kill = () => {
    program.child.kill("SIGKILL");
    return program.ended;
  };
  arm(gate, way.request, kill);
  const headline = `Commit ${number}`;
  const head = git(stack, who.repository, "rev-parse", "main");
  const body = commitBody(who, { message: { headline }, ...way.change(`bots/${number}`, head) });
  const key = `${who.login}-${number}`;
  // It has no answer, or has it just before the end.
  await commitOnce(stack, who, key, body, program.url).catch(() => undefined);
  await kill();
  const again = () => commitOnce(stack, who, key, body);
  return { headline, repeat: again(), again };
}

test.concurrent("50 processes die between sending a commit and its answer; repeated with its key each is there once", async ({
  expect,
}) => {
  const lanes = ways.map(async (way) => {
    const who = await committer(stack);
    const gate = await openGate(stack.sandbox);
    gates.push(gate);
    const killed: Killed[] = [];
    for (let number = 0; number < killsEach; number++) killed.push(await killOnce(who, gate, way, number));
    for (const { headline, repeat, again } of killed) {
      const answer = await repeat;
      expect(answer.status, `${way.name}: ${JSON.stringify(answer.body)}`).toBe(201);
      const branch = String(answer.body.branch);
      const log = git(stack, who.repository, "log", "--format=%s %H", branch, "--").split("\n");
      expect(
        log.filter((line) => line.startsWith(`${headline} `)),
        way.name,
      ).toEqual([`${headline} ${answer.body.oid}`]);
      expect((await again()).body, way.name).toEqual(answer.body);
    }
    expect(git(stack, who.repository, "fsck", "--strict", "--no-dangling")).toBe("");
    return killed.length;
  });
  expect(await Promise.all(lanes)).toEqual(ways.map(() => killsEach));
}, 280_000);

/** Somebody claims a call of a bot, as a process that runs it does. */
async function claimed(who: Committer, key: string, body: unknown) {
  // The row of a finished call tells which hash its body has.
  await commitOnce(stack, who, `${key}-twin`, body);
  const { rows } = await stack.database.query<{ bot_id: string; body_hash: Buffer }>({
    text: "SELECT bot_id, body_hash FROM commits WHERE idempotency_key = $1",
    values: [`${key}-twin`],
  });
  const claim = { botId: rows[0]?.bot_id ?? "", key, runId: crypto.randomUUID() };
  await claimCommit(stack.database, { ...claim, bodyHash: rows[0]?.body_hash ?? Buffer.alloc(0) });
  return claim;
}

test.concurrent("a call whose process is dead is taken over", async ({ expect }) => {
  const who = await committer(stack);
  await claimed(who, "dead", commitBody(who));
  const answer = await commitOnce(stack, who, "dead", commitBody(who));
  expect(answer.status).toBe(201);
  expect(answer.headers.get("idempotent-replayed")).toBeNull();
});

test.concurrent("a call whose process lives is waited for, and no second one is made", async ({ expect }) => {
  const who = await committer(stack);
  const claim = await claimed(who, "alive", commitBody(who));
  const alive = setInterval(() => renewCommit(stack.database, claim).catch(() => undefined), 1000);
  try {
    expectProblem(await commitOnce(stack, who, "alive", commitBody(who)), 409, "idempotency_in_progress");
  } finally {
    clearInterval(alive);
  }
  expect(git(stack, who.repository, "rev-list", "--count", "main")).toBe("2");
}, 120_000);
