import { defineConfig, mergeConfig } from "vitest/config";
import tests from "../../vitest.config.ts";

/** `npm run screenshots`: the tests' stack, with pictures of its pages instead of tests. */
export default mergeConfig(
  { ...tests, test: { ...tests.test, include: [] } },
  defineConfig({ test: { include: ["test/screenshots/take.ts"], testTimeout: 300_000 } }),
);
