import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    fileParallelism: true,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ["test/harness/global-setup.ts"],
    setupFiles: ["test/harness/network.ts", "test/harness/left-as-found.ts"],
    // Many files in one process: no module of ours keeps state, and left-as-found.ts has every file tidy up.
    isolate: false,
  },
});
