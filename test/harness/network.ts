import { afterEach } from "vitest";
import { refusedHosts } from "./network-guard.ts";

/** A refused attempt fails its test even when the code under test swallowed the error. */
afterEach(() => {
  const hosts = refusedHosts();
  if (hosts.length > 0) throw new Error(`The test tried to reach ${hosts.join(", ")}`);
});
