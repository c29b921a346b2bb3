import type { AuditRow } from "../store/audit-log.ts";
import type { AuditEntry } from "../views/audit-row.ts";
import { handle } from "../views/avatar.ts";
import { auditLink } from "./audit-link.ts";
import type { HttpDeps } from "./deps.ts";

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The users whom events name as those who asked for them. */
export function requestersIn(rows: readonly AuditRow[]): string[] {
  return [
    ...new Set(rows.flatMap(({ requested_by }) => (requested_by && uuid.test(requested_by) ? [requested_by] : []))),
  ];
}

/**
 * An event as a page shows it.
 * @param logins who the requesters are by now; who isn't among them was erased
 */
export function auditEntry(
  deps: Pick<HttpDeps, "githubUrl" | "providers">,
  row: AuditRow,
  logins: ReadonlyMap<string, string>,
): AuditEntry {
  const { requested_by: requestedBy, provider, detail } = row;
  return {
    action: row.action,
    actor: row.actor,
    result: row.result,
    code: row.code,
    reason: typeof detail.reason === "string" ? detail.reason : null,
    at: row.at,
    bot: row.bot,
    // An admin's own id stands there, too, which is nobody's business but other admins'.
    requester: row.actor === "admin" || !requestedBy ? null : namedRequester(requestedBy, logins),
    providerName: provider && (deps.providers.get(provider)?.name ?? provider),
    repository: row.repository,
    branch: row.branch,
    attribution: row.attribution,
    call: called(detail),
    link: auditLink(deps, row),
    runUrl: row.run_url,
  };
}

/** Who asked for something: a login, the host platform's own id, or that they are not known any more. */
export function namedRequester(requestedBy: string, logins: ReadonlyMap<string, string>): string {
  const login = logins.get(requestedBy);
  if (login) return handle(login);
  return uuid.test(requestedBy) ? "somebody who isn't known here any more" : requestedBy;
}

function called({ method, path, host, graphql }: Record<string, unknown>): string | null {
  if (typeof method === "string" && typeof path === "string") {
    return `${method} ${typeof host === "string" ? host : ""}${path}`;
  }
  return Array.isArray(graphql) ? `GraphQL ${graphql.slice(0, 5).map(String).join(", ")}` : null;
}
