import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { auditKinds } from "../../actions/audit/audit-kinds.ts";
import { walkAudit } from "../../actions/audit/walk-audit.ts";
import { findKnownUser } from "../../actions/users/find-known-user.ts";
import { Problem } from "../../errors.ts";
import type { AuditRow } from "../../store/audit-log.ts";
import { type FoundAudit, readMoment, searchAudit } from "../../store/audit-search.ts";
import { listBots } from "../../store/bots.ts";
import { loginsOf } from "../../store/identities.ts";
import { parseUserReference } from "../../store/users.ts";
import { type AdminAuditEntry, adminAuditPage } from "../../views/admin-audit.ts";
import { adminSession } from "../admin-session.ts";
import { auditEntry, namedRequester, requestersIn } from "../audit-entry.ts";
import { exportFormat, mostExported, sendAuditExport } from "../audit-export.ts";
import {
  auditCursor,
  auditQuery,
  auditResults,
  auditSearch,
  readAuditForm,
  requireAuditFilter,
} from "../audit-filter.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";

const path = "/admin/audit";
const pageSize = 50;
const nothing: FoundAudit = { rows: [], next: null, cutShort: false };
const query = auditQuery.extend({ user: z.string().max(700).catch("") });
const unknownUser = "Nobody is known by that. Write @login, gh.NUMBER, ext.ID (percent-encoded) or an id.";

/** The whole audit log, for admins: filters, pages, and files. Reading it changes nothing. */
export function adminAuditRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();

  scope.get(path, { schema: { querystring: query.extend({ before: auditCursor }) } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { before = null, user: written, ...given } = request.query;
    const user = written.trim();
    const { form, filter, faults } = readAuditForm(given);
    const userId = user ? await findUserId(deps, user) : undefined;
    const faulty = Object.keys(faults).length > 0 || userId === null;
    const [found, bots] = await Promise.all([
      faulty
        ? nothing
        : searchAudit(deps.database, { ...filter, userId: userId ?? undefined, before, limit: pageSize }),
      listBots(deps.database, { live: false }),
    ]);
    const logins = await loginsOf(deps.database, requestersIn(found.rows));
    const view = adminAuditPage({
      viewer: viewerOf(session),
      filter: {
        action: path,
        entered: form,
        user: { entered: user, fault: userId === null ? unknownUser : null },
        faults,
        bots: bots.map(({ id, name, revokedAt }) => ({ id, name: revokedAt ? `${name} (revoked)` : name })),
        kinds: auditKinds,
        results: auditResults,
      },
      entries: found.rows.map((row) => adminEntry(deps, row, logins)),
      newest: before ? `${path}${auditSearch(form, { user })}` : null,
      older: found.next ? `${path}${auditSearch(form, { user, before: found.next })}` : null,
      searchedUntil: found.cutShort && found.next ? await readMoment(deps.database, found.next) : null,
      exports: {
        csv: `${path}/export${auditSearch(form, { user, format: "csv" })}`,
        ndjson: `${path}/export${auditSearch(form, { user, format: "ndjson" })}`,
      },
      mostExported,
    });
    return sendPage(reply, view, faulty ? 400 : 200);
  });

  scope.get(
    `${path}/export`,
    { schema: { querystring: query.extend({ format: exportFormat }) } },
    async (request, reply) => {
      const session = await adminSession(deps, request, reply, `/?return_to=${path}`);
      if (!session) return reply;
      const { format, user, ...given } = request.query;
      const userId = user.trim() ? await findUserId(deps, user.trim()) : undefined;
      if (userId === null) throw new Problem("bad_request", `user: ${unknownUser}`);
      return sendAuditExport(deps, reply, {
        pages: walkAudit(deps, { ...requireAuditFilter(given), userId }, mostExported),
        format,
        name: `onbehalf-audit-${new Date().toISOString().slice(0, 10)}`,
      });
    },
  );
}

/** Also of somebody who was erased: what was done with their accounts is still looked for by their number. */
async function findUserId(deps: HttpDeps, user: string): Promise<string | null> {
  const reference = parseUserReference(user);
  return reference && findKnownUser(deps, reference);
}

function adminEntry(deps: HttpDeps, row: AuditRow, logins: ReadonlyMap<string, string>): AdminAuditEntry {
  const { user_id: userId, external_id: externalId, login, provider_uid: providerUid } = row;
  return {
    ...auditEntry(deps, row, logins),
    requester: row.requested_by && namedRequester(row.requested_by, logins),
    person: userId === null ? null : { userId, externalId, login, providerUid },
  };
}
