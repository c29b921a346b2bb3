#!/usr/bin/env node
import { parseArgs } from "node:util";
import { experiments } from "./experiments/index.ts";
import { planLines } from "./plan.ts";
import { runLiveCheck } from "./run.ts";
import { readSettings, SettingsError } from "./settings.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

try {
  const values = readOptions();
  const settings = readSettings(process.env);
  if (values.help) {
    print("npm run live-check [-- --yes]");
    print("  --yes    play what changes something, too, in branches onbehalf-live-check-…");
    print("Without credentials in the environment nothing is sent: it says what it would do, and what it needs.");
  } else if (settings) {
    const sound = await runLiveCheck({ fetch: globalThis.fetch, print }, settings, { yes: values.yes, experiments });
    process.exitCode = sound ? 0 : 1;
  } else {
    print("The live check plays what nobody could confirm about GitHub, the questions below, against GitHub itself.");
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

function readOptions() {
  try {
    return parseArgs({
      options: { yes: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SettingsError(`${error.message.split(". ")[0]}. Run it with --help to see what it takes.`);
  }
}
