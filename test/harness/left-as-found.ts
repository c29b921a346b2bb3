import { afterAll } from "vitest";
import { changedState, processState } from "./process-state.ts";

const found = processState();

/** Many test files run in one process: one that leaves it changed fails itself, and not another later. */
afterAll(() => {
  const changed = changedState(found, processState());
  if (changed.length > 0) throw new Error(`The file has not put back: ${changed.join(", ")}`);
});
