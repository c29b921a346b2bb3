import type { z } from "zod";
import type { EntryFault } from "./contradictions.ts";
import { fieldsOf } from "./entry.ts";
import { nearName } from "./near-name.ts";

const kinds: Record<string, string> = {
  string: "must be a text (in quotes where YAML takes it for something else)",
  boolean: "must be true or false",
  array: "must be a list, such as [one, two]",
  object: "must have fields of its own",
  record: "must be names with texts",
};

/** What zod found, in words. Nothing that was given is repeated but the names of fields: a value may be a secret. */
export function issueFaults(issue: z.core.$ZodIssue, entry: Record<string, unknown>): EntryFault[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], says: unknownField(key, path, entry) }));
  }
  return [{ path, says: words(issue, path, entry) }];
}

function words(issue: z.core.$ZodIssue, path: (string | number)[], entry: Record<string, unknown>): string {
  if (issue.code === "invalid_union" && path.at(-1) === "uid") {
    return given(entry, path) ? "must be names with dots between them, or a list of such" : "is missing";
  }
  if (issue.code === "invalid_union") return "must be oidc (found by its issuer) or oauth2 (with endpoints)";
  if (issue.code === "invalid_value") return `must be one of: ${issue.values.join(", ")}`;
  if (issue.code === "invalid_key") return "has a name that no parameter has";
  if (issue.code === "too_big") return "is too long";
  if (issue.code === "too_small") return "must not be empty";
  if (issue.code === "invalid_type")
    return given(entry, path) ? (kinds[issue.expected] ?? issue.message) : "is missing";
  return issue.message;
}

function given(entry: unknown, path: (string | number)[]): boolean {
  let value: unknown = entry;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return false;
    value = Object.entries(value).find(([name]) => name === String(step))?.[1];
  }
  return value !== undefined && value !== null;
}

function unknownField(key: string, path: (string | number)[], entry: Record<string, unknown>): string {
  const kind = entry.kind === "oidc" || entry.kind === "oauth2" ? entry.kind : null;
  if (path.length === 0) {
    if (key === "client_secret" || key === "client_id") {
      const why = key === "client_secret" ? "secrets stay out of this file" : "it comes from the environment";
      return `is not taken: ${why}; put it into a variable, and the variable's name into ${key}_env`;
    }
    const other = kind === "oidc" ? "oauth2" : "oidc";
    if (kind && fieldsOf[other].includes(key)) return `is a field of kind: ${other}`;
  }
  const near = kind && path.length === 0 ? nearName(key, fieldsOf[kind]) : null;
  return near ? `is no field: perhaps ${near} is meant` : "is no field: docs/providers.md lists them";
}
