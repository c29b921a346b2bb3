import { z } from "zod";
import { type AuditKind, actionsOf, auditKinds } from "../actions/audit/audit-kinds.ts";
import { Problem } from "../errors.ts";
import type { AuditFilter } from "../store/audit-search.ts";
import { endOfDay } from "./end-of-day.ts";

const text = (most: number) => z.string().max(most).catch("");

/** A filter of the audit log as a form has it in the address. What is given twice is not given. */
export const auditQuery = z.object({
  bot: text(100),
  kind: text(40),
  result: text(40),
  repository: text(200),
  from: text(40),
  to: text(40),
});
export type AuditForm = z.infer<typeof auditQuery>;
export type AuditFaults = Partial<Record<keyof AuditForm, string>>;

/** What a page of found events goes on before. */
export const auditCursor = z
  .string()
  .regex(/^\d{1,18}$/)
  .optional()
  .catch(undefined);

export const auditResults = ["succeeded", "failed", "started"] as const;

/**
 * What a form asks for.
 * @returns `faults`: what stands in its fields that no filter can mean, each with the repair
 */
export function readAuditForm(given: AuditForm): { form: AuditForm; filter: AuditFilter; faults: AuditFaults } {
  const form = {
    ...given,
    repository: given.repository.trim(),
    from: given.from.trim(),
    to: given.to.trim(),
  };
  const faults: AuditFaults = {};
  const [from, to] = [endOfDay(form.from), endOfDay(form.to)];
  if (form.bot && !z.uuid().safeParse(form.bot).success) faults.bot = "Choose one of the bots.";
  if (form.kind && !isKind(form.kind)) faults.kind = "Choose one of the kinds.";
  if (form.result && !auditResults.some((result) => result === form.result))
    faults.result = "Choose one of the results.";
  if (form.repository && !/^[\w.-]+\/[\w.-]+$/.test(form.repository)) {
    faults.repository = "Write it like owner/name.";
  }
  const day = "Write the day as YYYY-MM-DD, a day that the calendar has.";
  if (form.from && !from) faults.from = day;
  if (form.to && !to) faults.to = day;
  if (from && to && from > to) faults.to = "This day is before the one above.";
  return {
    form,
    faults,
    filter: {
      botId: form.bot || undefined,
      actions: isKind(form.kind) ? actionsOf(form.kind) : undefined,
      result: form.result || undefined,
      repository: form.repository || undefined,
      from: from ? new Date(`${form.from}T00:00:00Z`) : undefined,
      to: to ? new Date(to.getTime() + 1000) : undefined,
    },
  };
}

/**
 * The same for who sees no form.
 * @throws Problem `bad_request` naming the first fault
 */
export function requireAuditFilter(given: AuditForm): AuditFilter {
  const { filter, faults } = readAuditForm(given);
  const [fault] = Object.entries(faults);
  if (fault) throw new Problem("bad_request", `${fault[0]}: ${fault[1]}`);
  return filter;
}

/** The part of an address that says a filter; empty fields are left out. */
export function auditSearch(form: AuditForm, more: Record<string, string> = {}): string {
  const filled = Object.entries({ ...form, ...more }).filter(([, value]) => value !== "");
  return filled.length > 0 ? `?${new URLSearchParams(filled)}` : "";
}

function isKind(text: string): text is AuditKind {
  return auditKinds.some((kind) => kind === text);
}
