import type { Environment, Fault } from "./environment.ts";

/** Who may sign in at all, beside admins and users that the platform created. */
export type SignInPolicy = { kind: "closed" } | { kind: "open" } | { kind: "org"; name: string };

/** How an organisation's name looks on GitHub. */
export const organizationName = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/;

/** Reads `closed`, `open` or `org:NAME`; null when it is none of them. */
export function readSignInPolicy(value: string): SignInPolicy | null {
  if (value === "closed" || value === "open") return { kind: value };
  const name = /^org:(.*)$/.exec(value)?.[1] ?? "";
  return organizationName.test(name) ? { kind: "org", name } : null;
}

/** Reads `ADMIN_USERS`: references that can't come to mean somebody else. */
export function readAdminUsers(env: Environment, fault: Fault): string[] {
  const references = readList(env.ADMIN_USERS);
  for (const reference of references) {
    if (/^gh\.[1-9]\d{0,18}$/.test(reference) || isExternal(reference)) continue;
    fault(
      `ADMIN_USERS holds "${reference}": use gh.NUMBER (GitHub's numeric id, since logins get re-registered) or ext.ID.`,
    );
  }
  return references;
}

/** `ext.` and a percent-encoded id. */
function isExternal(reference: string): boolean {
  if (!/^ext\..{1,600}$/.test(reference)) return false;
  try {
    return decodeURIComponent(reference) !== "";
  } catch {
    return false;
  }
}

/** A list with commas or white space between its entries. */
export function readList(value: string | undefined): string[] {
  return (value ?? "").split(/[\s,]+/).filter(Boolean);
}
