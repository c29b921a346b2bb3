import { parseArgs } from "node:util";
import { BenchError } from "./bench-error.ts";
import { benchmarks } from "./benchmarks.ts";

export interface BenchOptions {
  name: string;
  /** Prints one JSON object as the last line, instead of tables. */
  json: boolean;
  /** Measures little, in seconds. */
  quick: boolean;
}

const list = Object.entries(benchmarks).map(([name, { about }]) => `  ${name.padEnd(11)} ${about}`);

export const usage = `npm run bench -- NAME [--json] [--quick]

${list.join("\n")}

  --json   print one JSON object as the last line, instead of tables
  --quick  measure so little that it takes seconds: it shows that the benchmark works, and no more`;

/**
 * Reads the command line; null when it asks for help.
 * @throws BenchError naming what isn't known, with the names that are
 */
export function readOptions(args: string[]): BenchOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [name, ...more] = positionals;
  if (name === undefined) throw new BenchError(`Name a benchmark.\n\n${usage}`);
  if (more.length > 0) throw new BenchError(`One benchmark at a time, not "${positionals.join(" ")}".\n\n${usage}`);
  if (!Object.hasOwn(benchmarks, name)) throw new BenchError(`There is no benchmark "${name}".\n\n${usage}`);
  return { name, json: values.json, quick: values.quick };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BenchError(`${reason}\n\n${usage}`);
  }
}
