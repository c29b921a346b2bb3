import { duringFile } from "./during-file.ts";
import { type Stack, type StackOptions, startStack } from "./stack.ts";

/** A stack for all tests of a file. */
export function useStack(options: StackOptions = {}): Stack {
  return duringFile(
    () => startStack(options),
    (stack) => stack.stop(),
  );
}
