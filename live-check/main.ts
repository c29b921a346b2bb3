#!/usr/bin/env node
import { parseArgs } from "node:util";
import { experiments } from "./experiments/index.ts";
import { planLines } from "./plan.ts";
import { runLiveCheck } from "./run.ts";
import { readSettings, SettingsError } from "./settings.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

try {
  const { values } = parseArgs({ options: { yes: { type: "boolean", default: false } } });
  const settings = readSettings(process.env);
  if (settings) {
    const sound = await runLiveCheck({ fetch: globalThis.fetch, print }, settings, { yes: values.yes, experiments });
    process.exitCode = sound ? 0 : 1;
  } else {
    print(
      "The live check plays what nobody could confirm about GitHub (the [?] of facts/github.md) against GitHub itself.",
    );
    print(
      "There are no credentials (APP_ID, PRIVATE_KEY or PRIVATE_KEY_PATH, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, and",
    );
    print("for another GitHub GITHUB_URL and GITHUB_API_URL): nothing is sent. It would do this:");
    for (const line of planLines(experiments)) print(line);
    print(
      "\nWith credentials it plays what changes nothing; with --yes the rest, too, in branches onbehalf-live-check-…",
    );
  }
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
