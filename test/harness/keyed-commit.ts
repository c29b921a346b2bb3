import { expect } from "vitest";
import { git, sent } from "./history.ts";
import type { Committer } from "./people.ts";
import type { ApiAnswer, Stack } from "./stack.ts";
import { lastAudit } from "./stored.ts";

/** A whole commit request of a person's bot. */
export function commitBody(who: Committer, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    user: `gh.${who.id}`,
    repository: who.repository,
    branch: "main",
    message: { headline: "Say hello", body: "To all." },
    changes: [{ path: "hello.txt", content: "hello\n" }],
    ...change,
  };
}

/** Sends a commit with an idempotency key, to this replica unless the test names another one's address. */
export function commitOnce(
  stack: Stack,
  who: { key: string },
  idempotencyKey: string,
  body: unknown,
  url?: string,
): Promise<ApiAnswer> {
  const headers = { "idempotency-key": idempotencyKey };
  return stack.call("POST", "/api/v1/commits", { key: who.key, body, headers, ...(url ? { url } : {}) });
}

/** How many commits a branch has. */
export function commitCount(stack: Stack, { repository }: { repository: string }, branch = "main"): number {
  return Number(git(stack, repository, "rev-list", "--count", branch, "--"));
}

/** What the answer of a repeated call says about itself. */
export function replayed(answer: ApiAnswer): string | null {
  return answer.headers.get("idempotent-replayed");
}

/** That a repeated call gets the first answer, and that neither GitHub nor the audit log hears of it. */
export async function expectReplay(stack: Stack, first: ApiAnswer, repeat: () => Promise<ApiAnswer>): Promise<void> {
  const before = { sent: sent(stack), audit: await lastAudit(stack) };
  const second = await repeat();
  expect(second.body).toEqual(first.body);
  expect(second.status).toBe(first.status);
  expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
  expect([replayed(first), replayed(second)]).toEqual([null, "true"]);
  expect({ sent: sent(stack), audit: await lastAudit(stack) }).toEqual(before);
}
