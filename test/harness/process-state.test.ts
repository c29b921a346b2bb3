import { afterEach, expect, test, vi } from "vitest";
import { changedState, processState } from "./process-state.ts";

const found = processState();
const { fetch } = globalThis;
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  globalThis.fetch = fetch;
  delete process.env.LEFT_BEHIND;
  process.exitCode = undefined;
});

test("a file that leaves nothing behind has changed nothing", () => {
  expect(changedState(found, processState())).toEqual([]);
});

test.each<[string, () => unknown]>([
  ["the clock", () => vi.useFakeTimers({ toFake: ["Date"] })],
  ["performance.now", () => vi.spyOn(performance, "now")],
  ["fetch", () => Object.assign(globalThis, { fetch: async () => new Response() })],
  ["the exit code", () => Object.assign(process, { exitCode: 1 })],
  ["the environment", () => Object.assign(process.env, { LEFT_BEHIND: "yes" })],
])("%s is noticed when it is not put back", (name, change) => {
  change();
  expect(changedState(found, processState())).toEqual([name]);
});
