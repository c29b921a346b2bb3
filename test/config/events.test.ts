import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/read-config.ts";
import { faultsOf, needed } from "./environment.ts";

describe("events", () => {
  const events = { EVENTS_URL: "https://platform.example/hooks", EVENTS_SECRET: `whsec_${"A".repeat(32)}` };

  test("are off without both variables, and each is named when it alone is missing", () => {
    expect(readConfig(needed).events).toBe(null);
    expect(faultsOf({ ...events, EVENTS_URL: " " })).toEqual([expect.stringMatching(/^EVENTS_URL is missing: /)]);
    expect(faultsOf({ ...events, EVENTS_SECRET: "" })).toEqual([expect.stringMatching(/^EVENTS_SECRET is missing: /)]);
  });

  test.each(["https://platform.example/hooks/", "https://platform.example/hooks", "http://127.0.0.1:4000/"])(
    "go to %s, as it is written",
    (url) => expect(readConfig({ ...needed, ...events, EVENTS_URL: url }).events?.url).toBe(url),
  );

  test.each([
    ["http://platform.example/hooks", "is http:// for a host that is not loopback"],
    ["https://a:b@platform.example/hooks", "is not an http"],
    ["https://platform.example/hooks?key=1", "is not an http"],
    ["platform.example/hooks", "is not an http"],
  ])("do not go to %s", (url, why) => {
    expect(faultsOf({ ...events, EVENTS_URL: url })).toEqual([expect.stringMatching(`^EVENTS_URL ${why}`)]);
  });

  test("are signed with one secret or several", () => {
    const secrets = ["A", "b"].map((letter) => `whsec_${letter.repeat(32)}`);
    const read = readConfig({ ...needed, ...events, EVENTS_SECRET: ` ${secrets.join("  ")} ` });
    expect(read.events?.secrets).toEqual(secrets);
  });

  test.each([
    "A".repeat(32),
    `whsec_${"A".repeat(31)}`,
    `whsec_${"A".repeat(28)}`,
    `whsec_${"-".repeat(32)}`,
    "whsec_",
    `whsec_${"A".repeat(32)} secret`,
    `whsec_${"A".repeat(32)},whsec_${"A".repeat(32)}`,
  ])("are not signed with %s, which is not shown", (secret) => {
    const faults = faultsOf({ ...events, EVENTS_SECRET: secret });
    expect(faults).toEqual([expect.stringMatching(/^EVENTS_SECRET is not whsec_ and base64 of 24 bytes or more/)]);
    expect(faults.join()).not.toContain("AAAA");
  });
});
