import type { AuditItem } from "./audit-item.ts";

const columns = [
  "id",
  "at",
  "action",
  "actor",
  "result",
  "code",
  "user_id",
  "external_id",
  "provider",
  "provider_uid",
  "login",
  "bot",
  "requested_by",
  "run_url",
  "repository",
  "branch",
  "attribution",
  "pass_id",
  "request_id",
  "completed_at",
  "url",
  "detail",
] as const satisfies (keyof AuditItem)[];

/** The names of the columns (RFC 4180). */
export const csvHeader = `${columns.join(",")}\r\n`;

/** One event as a line. */
export function csvLine(item: AuditItem): string {
  return `${columns.map((column) => csvField(item[column])).join(",")}\r\n`;
}

/**
 * A quoted field. What a spreadsheet would take for a formula gets an apostrophe in front, which it takes for text:
 * bots choose what stands in many of these. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // Some programs look past what they don't show, and take the wide forms for the same signs.
  const formula = /^[\s\p{C}]*[=+\-@＝＋－＠]/u.test(text) || /^[\t\r\n]/.test(text);
  return `"${formula ? "'" : ""}${text.replaceAll('"', '""')}"`;
}
