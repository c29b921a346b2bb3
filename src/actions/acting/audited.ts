import { Problem } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Counts } from "../../metrics/counts.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { type AuditEvent, completeAudit, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import type { ReadLog } from "./read-log.ts";

export interface AuditingDeps {
  database: Database;
  log: Log;
  reads: ReadLog;
  metrics: Counts;
}

/**
 * Sends a request of a person's and writes what became of it into the audit log: of a write before it is sent, so that
 * with the database away nothing is done in anybody's name; of a read within a second (invariant 6).
 * @param found what is known of a write besides, once it is over
 */
export async function audited(
  deps: AuditingDeps,
  event: AuditEvent & { action: "api.read" | "api.write" | "git.fetch" | "git.lfs" },
  send: () => Promise<UpstreamAnswer>,
  found: () => AuditEvent["detail"] = () => ({}),
): Promise<UpstreamAnswer> {
  const count = ({ result, code }: Outcome) =>
    deps.metrics.acted({ action: event.action, attribution: event.attribution ?? "user", result, reason: code });
  const note = (outcome: Outcome) => {
    count(outcome);
    deps.reads.note(event, outcome);
  };
  if (event.action === "api.read" || event.action === "git.fetch") {
    try {
      const answer = await send();
      note(outcomeOf(answer));
      return answer;
    } catch (error) {
      note(failureOf(error));
      throw error;
    }
  }
  const audit = await writeAudit(deps.database, event, { result: "started" });
  const complete = (outcome: Outcome) => {
    count(outcome);
    return completeAudit(deps.database, audit, { ...outcome, detail: found() ?? {} }).catch((error) =>
      deps.log.error({ err: error, audit }, "an audit event stays `started`: its completion could not be stored"),
    );
  };
  try {
    const answer = await send();
    await complete(outcomeOf(answer));
    return answer;
  } catch (error) {
    await complete(failureOf(error));
    throw error;
  }
}

interface Outcome {
  result: "succeeded" | "failed";
  code?: string;
}

function outcomeOf({ status }: UpstreamAnswer): Outcome {
  return status < 400 ? { result: "succeeded" } : { result: "failed", code: `http_${status}` };
}

function failureOf(error: unknown): Outcome {
  return { result: "failed", code: error instanceof Problem ? error.code : "internal_error" };
}
