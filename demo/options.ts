import { parseArgs } from "node:util";
import { DemoError } from "./demo-error.ts";

export interface DemoOptions {
  /** Ends after the walk instead of staying up. */
  once: boolean;
  /** Prints one JSON object as the last line of the walk. */
  json: boolean;
  /** A local repository to work on a copy of. */
  repo: string | null;
}

export const usage = `npm run demo -- [--once] [--json] [--repo PATH]

  --once       end after the walk, instead of staying up to look around
  --json       print the commit and the refusal as one JSON object, as the walk's last line
  --repo PATH  commit to a copy of that local repository; the original is never touched`;

/**
 * Reads the command line; null when it asks for help.
 * @throws DemoError naming what isn't known
 */
export function readOptions(args: string[]): DemoOptions | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        once: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        repo: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values.help ? null : { once: values.once, json: values.json, repo: values.repo ?? null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DemoError(`${reason}\n\n${usage}`);
  }
}
