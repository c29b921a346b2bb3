import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { AuditRow } from "../store/audit-log.ts";
import { csvHeader, csvLine } from "./audit-csv.ts";
import { type AuditItem, auditItem } from "./audit-item.ts";

/** How many events an export holds at most: the newest. Whoever wants older ones names a last day. */
export const mostExported = 100_000;

export const exportFormat = z.enum(["csv", "ndjson"]);

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
      const items = rows.map((row) => auditItem(deps, row));
      // A line break for a page on which nothing was found would be an empty event.
      if (items.length > 0) yield items.map(format === "csv" ? csvLine : jsonLine).join("");
    }
  }
  return reply
    .type(format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson; charset=utf-8")
    .header("content-disposition", `attachment; filename="${name}.${format}"`)
    .send(Readable.from(lines()));
}

function jsonLine(item: AuditItem): string {
  return `${JSON.stringify(item)}\n`;
}
