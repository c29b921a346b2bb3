import type { Environment, Fault } from "./environment.ts";
import { readInteger } from "./server-config.ts";

/** For how many days something is kept. */
export interface Retention {
  /** 0: for ever. */
  auditDays: number;
  /** Of those that failed. */
  deliveriesDays: number;
  syncsDays: number;
}

export function readRetention(env: Environment, fault: Fault): Retention {
  const read = (name: "AUDIT_DAYS" | "DELIVERIES_DAYS" | "SYNCS_DAYS", usual: number, least: number, why: string) => {
    const days = readInteger(env[name], usual);
    if (days === null || days < least || days > 36_500) {
      fault(`${name} is "${env[name]}": give a number of days, ${why}.`);
    }
    return days ?? usual;
  };
  return {
    auditDays: read("AUDIT_DAYS", 0, 0, "or 0 to keep the audit log for ever"),
    deliveriesDays: read("DELIVERIES_DAYS", 7, 1, "1 or more"),
    syncsDays: read("SYNCS_DAYS", 90, 1, "1 or more"),
  };
}
