import { DemoError } from "./demo-error.ts";
import { readOptions, usage } from "./options.ts";
import { runDemo } from "./run.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupt.abort());
// Whoever reads our output may have gone; everything still has to be stopped.
process.stdout.on("error", () => interrupt.abort());

try {
  const options = readOptions(process.argv.slice(2));
  const deps = { print: console.log, complain: console.error, signal: interrupt.signal };
  if (!options) console.log(usage);
  else if ((await runDemo(deps, options)) === "failed") process.exitCode = 1;
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
