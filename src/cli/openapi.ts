import type { Command } from "commander";

export interface DescribeDeps {
  /** The OpenAPI document of `/api/v1`. */
  describeApi(): Promise<object>;
  /** Writes a line to standard output. */
  print(line: string): void;
}

/** `openapi`: needs neither configuration nor database. */
export function openapiCommand(program: Command, deps: DescribeDeps): void {
  program
    .command("openapi")
    .description("print the API's OpenAPI document, from which clients can be generated")
    .option("--json", "on one line")
    .action(async (options: { json?: boolean }) => {
      deps.print(JSON.stringify(await deps.describeApi(), null, options.json ? 0 : 2));
    });
}
