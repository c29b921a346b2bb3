import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isProblemCode, Problem } from "../../errors.ts";
import type { Log } from "../../log.ts";
import {
  type Attempt,
  answerCommit,
  claimCommit,
  noteAttempts,
  releaseCommit,
  renewCommit,
  type StoredAnswer,
} from "../../store/commits.ts";
import type { Database } from "../../store/database.ts";

/** One run of a call: what it or an earlier run may have done, and where it writes down what it is about to do. */
export interface Run {
  /** Each may have been made without its answer reaching anybody. Who finds out takes it away. */
  lost: Attempt[];
  /** Writes down what is about to be sent, beside what is lost. */
  note(attempt: Attempt): Promise<void>;
}

export interface Call<Answer> {
  botId: string;
  /** Undefined: the caller gave none, and the call simply runs. */
  key: string | undefined;
  /** The request as it was understood; a key belongs to one body. */
  body: unknown;
  /** What is kept of an answer; null: part of it may come out better next time. */
  store(answer: Answer): Record<string, unknown> | null;
  /** Whether a refusal is the answer for good. */
  keeps(problem: Problem): boolean;
  /** The answer that was kept. */
  restore(stored: Record<string, unknown>): Answer;
}

export interface Once<Answer> {
  answer: Answer;
  replayed: boolean;
}

/** How long a second call waits for the first (contract, API). */
const patienceMs = 30_000;
const renewEveryMs = 1_500;

/**
 * Runs a call once for an idempotency key: a repeated call gets the first answer, also when two arrive at once or the
 * first one's process died. Answers that may be different next time are not kept.
 * @throws Problem `idempotency_mismatch`, `idempotency_in_progress`, and what `work` throws or threw the first time
 */
export async function exactlyOnce<Answer>(
  deps: { database: Database; log: Log },
  call: Call<Answer>,
  work: (run: Run) => Promise<Answer>,
): Promise<Once<Answer>> {
  const { key, botId } = call;
  if (key === undefined) {
    return { answer: await work({ lost: [], note: async () => undefined }), replayed: false };
  }
  const runId = randomUUID();
  const commit = { botId, key, runId };
  const bodyHash = createHash("sha256").update(canonical(call.body)).digest();
  const started = performance.now();
  for (;;) {
    const claim = await claimCommit(deps.database, { ...commit, bodyHash });
    if (claim.kind === "mismatch") {
      throw new Problem("idempotency_mismatch", "This Idempotency-Key was used for another body: use a new key.");
    }
    if (claim.kind === "answered") return { answer: call.restore(replay(claim.stored)), replayed: true };
    if (claim.kind === "run") {
      return { answer: await runOnce(deps, commit, { ...call, lost: claim.attempts }, work), replayed: false };
    }
    if (performance.now() - started > patienceMs) {
      throw new Problem("idempotency_in_progress", "The first call of this key still runs. Send it again later.", {
        retryAfter: 5,
      });
    }
    await sleep(100);
  }
}

async function runOnce<Answer>(
  deps: { database: Database; log: Log },
  commit: { botId: string; key: string; runId: string },
  call: Call<Answer> & { lost: Attempt[] },
  work: (run: Run) => Promise<Answer>,
): Promise<Answer> {
  const { database, log } = deps;
  const alive = setInterval(() => {
    renewCommit(database, commit).catch((error) => log.warn({ err: error }, "a running commit could not be renewed"));
  }, renewEveryMs);
  try {
    const run: Run = {
      lost: call.lost,
      note: async (attempt) => {
        if (await noteAttempts(database, { ...commit, attempts: [...run.lost, attempt] })) return;
        throw new Problem("idempotency_in_progress", "Another process has taken this call over. Send it again.", {
          retryAfter: 1,
        });
      },
    };
    const answer = await work(run);
    const stored = call.store(answer);
    if (stored) await keep(deps, commit, { status: 201, answer: stored });
    else await release(deps, commit);
    return answer;
  } catch (error) {
    if (error instanceof Problem && call.keeps(error)) {
      const { code, message, head, actionUrl } = error;
      await keep(deps, commit, { status: error.status, answer: { code, message, head, actionUrl } });
    } else {
      await release(deps, commit);
    }
    throw error;
  } finally {
    clearInterval(alive);
  }
}

async function keep(
  deps: { database: Database; log: Log },
  commit: { botId: string; key: string; runId: string },
  stored: StoredAnswer,
): Promise<void> {
  try {
    await answerCommit(deps.database, commit, stored);
  } catch (error) {
    // The commit is found again by what was noted before it was sent.
    deps.log.error({ err: error }, "a commit's answer could not be kept; a repeated call will look for the commit");
  }
}

async function release(
  deps: { database: Database; log: Log },
  commit: { botId: string; key: string; runId: string },
): Promise<void> {
  await releaseCommit(deps.database, commit).catch((error) =>
    deps.log.warn({ err: error }, "a commit's key could not be released; it is free in some seconds"),
  );
}

function replay(stored: StoredAnswer): Record<string, unknown> {
  const { status, answer } = stored;
  if (status === 201) return answer;
  const { code, message, head, actionUrl } = answer;
  throw new Problem(isProblemCode(code) ? code : "internal_error", String(message), {
    ...(typeof head === "string" ? { head } : {}),
    ...(typeof actionUrl === "string" ? { actionUrl } : {}),
    replayed: true,
  });
}

/** JSON with sorted names: two ways to write one body are one body. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
