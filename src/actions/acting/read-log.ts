import type { Log } from "../../log.ts";
import { type AuditEvent, type AuditResult, writeAudits } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";

/** What was read in people's names, until it is in the audit log. */
export interface ReadLog {
  note(event: AuditEvent, outcome: { result: AuditResult; code?: string }): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
}

/** One statement takes so many; and so many are kept while the database is away, the oldest of which are lost first. */
const batch = 500;
const mostKept = 20_000;

/**
 * Reads are written to the audit log in batches: a statement for each would cost more than the read. A crash loses what
 * was noted since the last flush, which is a second at the most (invariant 6).
 */
export function createReadLog(deps: { database: Database; log: Log }): ReadLog {
  const noted: Parameters<ReadLog["note"]>[] = [];
  let flushing = Promise.resolve();
  return {
    note(...event) {
      noted.push(event);
      if (noted.length <= mostKept) return;
      noted.shift();
      deps.log.error("reads are lost to the audit log: the database has been away for too long");
    },
    flush() {
      flushing = flushing
        .catch(() => undefined)
        .then(async () => {
          while (noted.length > 0) {
            const some = noted.slice(0, batch);
            await writeAudits(deps.database, some);
            noted.splice(0, some.length);
          }
        });
      return flushing;
    },
  };
}
