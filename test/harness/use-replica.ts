import { duringFile } from "./during-file.ts";
import { openReplica, type Replica, type ReplicaOptions } from "./replica.ts";
import type { Stack } from "./stack.ts";

/** Another replica on a stack's database for all tests of a file, which called `useStack` before. */
export function useReplica(stack: Stack, options: ReplicaOptions = {}): Replica {
  return duringFile(
    () => openReplica(stack, options),
    (replica) => replica.close(),
  );
}
