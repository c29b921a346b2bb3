import type { Command } from "commander";
import { examine, type Report } from "../actions/doctor/examine.ts";
import type { Status } from "../actions/doctor/finding.ts";
import type { Environment } from "../config/read-config.ts";
import type { CommandDeps } from "./command.ts";

export interface DoctorDeps extends Pick<CommandDeps, "log" | "print"> {
  environment: Environment;
  /** Where the command runs. */
  folder: string;
  fetch: typeof globalThis.fetch;
  nodeVersion: string;
  /** Whether a person sees it on a terminal. */
  colours: boolean;
  /** Makes the exit status 1. */
  fail(): void;
}

/** `doctor`: what is wrong with this deployment, and how to repair it. */
export function doctorCommand(program: Command, deps: DoctorDeps): void {
  program
    .command("doctor")
    .description("check configuration, database, keys, clock and GitHub App; exit status 1 when something fails")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      const report = await examine(deps, deps);
      if (options.json) deps.print(JSON.stringify(report));
      else for (const line of inLines(report, deps)) deps.print(line);
      if (!report.ok) deps.fail();
    });
}

const colour: Record<Status, string> = { ok: "\u001b[32m", warning: "\u001b[33m", failure: "\u001b[31m" };
const plain = "\u001b[0m";

/** A table: status, check, what it says; the repair below. */
export function inLines({ checks }: Report, { colours }: { colours: boolean }): string[] {
  const widths = { status: "warning".length, id: Math.max(...checks.map(({ id }) => id.length)) };
  const indent = " ".repeat(widths.status + widths.id + 4);
  const lines = checks.flatMap(({ id, status, says, repair }) => {
    const shown = status.padEnd(widths.status);
    const [first = "", ...rest] = says.split("\n");
    return [
      `${colours ? `${colour[status]}${shown}${plain}` : shown}  ${id.padEnd(widths.id)}  ${first}`,
      ...rest.map((line) => indent + line),
      ...(repair ? [`${indent}→ ${repair}`] : []),
    ];
  });
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  const counted = (status: Status) => `${count(status)} ${status}${count(status) === 1 ? "" : "s"}`;
  return [...lines, "", `${count("ok")} ok, ${counted("warning")}, ${counted("failure")}`];
}
