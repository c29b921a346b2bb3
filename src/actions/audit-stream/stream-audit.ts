import type { Log } from "../../log.ts";
import { readAuditEvents } from "../../store/audit-log.ts";
import { auditIsDue, noteAuditSent, readUnsentAudit } from "../../store/audit-stream.ts";
import type { Database } from "../../store/database.ts";
import { claimErrand, type Errand, endErrand, renewErrand } from "../../store/errands.ts";
import type { Sink } from "./sink.ts";
import { SinkFailure } from "./sink-failure.ts";

export interface AuditStreamDeps {
  database: Database;
  log: Log;
  sink: Sink;
}

/** So many go at once, and so many characters, which many receivers take. */
const mostEvents = 500;
const mostLength = 1_000_000;
const againSeconds = 5;

/**
 * Sends the audit events that are due, by id, from one replica at a time. What was sent is noted afterwards: whatever
 * happens in between, each is sent at least once. While the sink is away they wait for it.
 */
export async function streamAudit(deps: AuditStreamDeps, stopped: () => boolean): Promise<void> {
  if (!(await auditIsDue(deps.database))) return;
  const errand = await claimErrand(deps.database, { name: "audit stream", takeOver: false });
  if (!errand) return;
  let againInSeconds = 0;
  try {
    await sendAll(deps, errand, stopped);
  } catch (error) {
    againInSeconds = againSeconds;
    if (!(error instanceof SinkFailure)) throw error;
    const about = { why: error.message, again_in: againSeconds };
    deps.log.warn(about, "the audit log could not be sent to AUDIT_SINK; it is tried again, and nothing is lost");
  } finally {
    await endErrand(deps.database, errand, { againInSeconds, doneUntil: null });
  }
}

async function sendAll(deps: AuditStreamDeps, errand: Errand, stopped: () => boolean): Promise<void> {
  let most = mostEvents;
  while (!stopped() && (await renewErrand(deps.database, errand))) {
    const unsent = await readUnsentAudit(deps.database, most);
    if (unsent.length === 0) return;
    // Those that were removed since are in none of the lines, and done with.
    const rows = await readAuditEvents(
      deps.database,
      unsent.map(({ id }) => id),
    );
    const lines = new Map(rows.map((row) => [row.id, `${JSON.stringify(row)}\n`]));
    const batch = fitting(unsent, lines);
    try {
      const text = batch.map(({ id }) => lines.get(id) ?? "").join("");
      if (text !== "") await deps.sink(text);
    } catch (error) {
      if (!(error instanceof SinkFailure) || !error.tooMuch || batch.length === 1) throw error;
      most = Math.ceil(batch.length / 2);
      continue;
    }
    await noteAuditSent(deps.database, batch);
  }
}

/** As many from the first on as may go at once; one goes in any case. */
function fitting<Event extends { id: string }>(events: Event[], lines: Map<string, string>): Event[] {
  let length = 0;
  const end = events.findIndex(({ id }, index) => {
    length += lines.get(id)?.length ?? 0;
    return index > 0 && length > mostLength;
  });
  return end === -1 ? events : events.slice(0, end);
}
