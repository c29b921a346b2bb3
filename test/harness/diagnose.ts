import type { CheckReport } from "../../src/actions/doctor/examination.ts";
import { examine, type Report } from "../../src/actions/doctor/examine.ts";
import type { Environment } from "../../src/config/read-config.ts";
import { createLog } from "../../src/log.ts";
import { isLoopback } from "./loopback.ts";

export interface Diagnosis extends Report {
  /** A check by its id. */
  check(id: string): CheckReport;
  /** The ids of the checks with that status, without those that were skipped. */
  with(status: CheckReport["status"]): string[];
  skipped: string[];
}

/** Runs every check on an environment, with nothing but this machine to reach. */
export async function diagnose(
  environment: Environment,
  options: { folder?: string; timeLimitMs?: number } = {},
): Promise<Diagnosis> {
  const log = createLog({ level: "silent" });
  const report = await examine(
    { log, fetch: fetchFromHere },
    { environment, folder: "/nonexistent", nodeVersion: process.versions.node, ...options },
  );
  const isSkipped = ({ says }: CheckReport) => says.startsWith("Skipped because of");
  return {
    ...report,
    check(id) {
      const found = report.checks.find((check) => check.id === id);
      if (!found) throw new Error(`there is no check ${id}`);
      return found;
    },
    with: (status) => report.checks.filter((one) => one.status === status && !isSkipped(one)).map(({ id }) => id),
    skipped: report.checks.filter(isSkipped).map(({ id }) => id),
  };
}

const fetchFromHere: typeof globalThis.fetch = async (input, init) => {
  const address = new URL(input instanceof Request ? input.url : input);
  if (isLoopback(address.hostname)) return fetch(input, init);
  throw new TypeError(`no network: ${address.hostname}`);
};
