import { expect } from "vitest";
import type { ApiAnswer } from "./stack.ts";

/** That an answer is a whole problem (RFC 9457) of that status and code, with a sentence, and gives nothing away. */
export function expectProblem(
  answer: ApiAnswer,
  status: number,
  code: string,
  also: { detail?: RegExp; action_url?: string; head?: string } = {},
): void {
  const { detail = /./, ...members } = also;
  expect(answer.body).toEqual({
    type: "about:blank",
    title: expect.stringMatching(/^[A-Z]/),
    status,
    detail: expect.stringMatching(/^\S.{10,}\.$/s),
    code,
    ...members,
  });
  expect(answer.body.detail).toMatch(detail);
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(|SELECT |gh[pousr]_\w/);
  // Every temporary refusal says when to come back.
  if ([429, 503].includes(status)) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
}
