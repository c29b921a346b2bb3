import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { AuditRow } from "../store/audit-log.ts";
import { csvHeader, csvLine } from "./audit-csv.ts";
import { auditLink } from "./audit-link.ts";

/** How many events an export holds at most: the newest. Whoever wants older ones names a last day. */
export const mostExported = 100_000;

export const exportFormat = z.enum(["csv", "ndjson"]);

/** An event as it leaves: as the API has it, with its address at GitHub. */
export type AuditItem = Omit<AuditRow, "at" | "completed_at"> & {
  at: string;
  completed_at: string | null;
  url: string | null;
};

/**
 * Sends events as a file, while they are read.
 * @param file.name without its ending
 */
export function sendAuditExport(
  deps: { githubUrl: string },
  reply: FastifyReply,
  file: { pages: AsyncIterable<readonly AuditRow[]>; format: z.infer<typeof exportFormat>; name: string },
): FastifyReply {
  const { pages, format, name } = file;
  async function* lines(): AsyncGenerator<string> {
    if (format === "csv") yield csvHeader;
    for await (const rows of pages) {
      const items = rows.map((row): AuditItem => toItem(deps, row));
      // A line break for a page on which nothing was found would be an empty event.
      if (items.length > 0) yield items.map(format === "csv" ? csvLine : jsonLine).join("");
    }
  }
  return reply
    .type(format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson; charset=utf-8")
    .header("content-disposition", `attachment; filename="${name}.${format}"`)
    .send(Readable.from(lines()));
}

function toItem(deps: { githubUrl: string }, row: AuditRow): AuditItem {
  return {
    ...row,
    at: row.at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
    url: auditLink(deps, row),
  };
}

function jsonLine(item: AuditItem): string {
  return `${JSON.stringify(item)}\n`;
}
