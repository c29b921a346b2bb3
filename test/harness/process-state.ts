import http from "node:http";
import { vi } from "vitest";

/** What test files share, since many run in one process. */
export type ProcessState = Record<string, unknown>;

export function processState(): ProcessState {
  return {
    "the clock": vi.isFakeTimers() ? "fake" : "real",
    "performance.now": vi.isMockFunction(performance.now) ? "mocked" : "real",
    fetch: globalThis.fetch,
    "http.request": http.request,
    "http.ClientRequest": http.ClientRequest,
    "the working directory": process.cwd(),
    "the exit code": process.exitCode,
    "the environment": JSON.stringify(process.env),
  };
}

/** What a file changed and did not put back. */
export function changedState(before: ProcessState, after: ProcessState): string[] {
  return Object.keys(before).filter((name) => before[name] !== after[name]);
}
