import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { auditKinds } from "../../actions/audit/audit-kinds.ts";
import { walkAudit } from "../../actions/audit/walk-audit.ts";
import { type BotDay, readActivityDays, shownDays } from "../../store/activity-days.ts";
import { type FoundAudit, readMoment, searchAudit } from "../../store/audit-search.ts";
import { listLimitedBots } from "../../store/ceilings.ts";
import { loginsOf } from "../../store/identities.ts";
import { activityPage } from "../../views/activity.ts";
import type { Series } from "../../views/charts/series.ts";
import { auditEntry, requestersIn } from "../audit-entry.ts";
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
import { currentSession, isSignedIn } from "../session.ts";

const path = "/activity";
const pageSize = 50;
const nothing: FoundAudit = { rows: [], next: null, cutShort: false };
/** What can't have been done in anybody's name. */
const others = ["bot", "installation", "delivery"];

/** What was done in a person's name: theirs alone, whatever the address asks for. */
export function activityRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const query = auditQuery.extend({ before: auditCursor });

  scope.get(path, { schema: { querystring: query } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
    const { userId } = session;
    const { before = null, ...given } = request.query;
    const { form, filter, faults } = readAuditForm(given);
    const faulty = Object.keys(faults).length > 0;
    const [found, days, done, bots] = await Promise.all([
      faulty ? nothing : searchAudit(deps.database, { ...filter, userId, before, limit: pageSize }),
      shownDays(deps.database),
      readActivityDays(deps.database, userId),
      listLimitedBots(deps.database),
    ]);
    const logins = await loginsOf(deps.database, requestersIn(found.rows));
    const view = activityPage({
      viewer: viewerOf(session),
      days,
      bots: toSeries(days, done),
      filter: {
        action: path,
        entered: form,
        faults,
        bots: choices(bots, done),
        kinds: auditKinds.filter((kind) => !others.includes(kind)),
        results: auditResults,
      },
      entries: found.rows.map((row) => auditEntry(deps, row, logins)),
      newest: before ? `${path}${auditSearch(form)}` : null,
      older: found.next ? `${path}${auditSearch(form, { before: found.next })}` : null,
      searchedUntil: found.cutShort && found.next ? await readMoment(deps.database, found.next) : null,
      exports: {
        csv: `${path}/export${auditSearch(form, { format: "csv" })}`,
        ndjson: `${path}/export${auditSearch(form, { format: "ndjson" })}`,
      },
      mostExported,
    });
    return sendPage(reply, view, faulty ? 400 : 200);
  });

  scope.get(
    `${path}/export`,
    { schema: { querystring: auditQuery.extend({ format: exportFormat }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect(`/?return_to=${path}`, 303);
      const { format, ...given } = request.query;
      const filter = { ...requireAuditFilter(given), userId: session.userId };
      return sendAuditExport(deps, reply, {
        pages: walkAudit(deps, filter, mostExported),
        format,
        name: `onbehalf-activity-${new Date().toISOString().slice(0, 10)}`,
      });
    },
  );
}

/** One series a bot; two bots that had one name one after the other stay two. */
function toSeries(days: readonly string[], done: readonly BotDay[]): Series[] {
  const bots = new Map(done.map(({ botId, bot }) => [botId, bot]));
  return [...bots].map(([id, name]) => {
    const counts = new Map(done.flatMap(({ botId, day, events }) => (botId === id ? [[day, events]] : [])));
    return { name, counts: days.map((day) => counts.get(day) ?? 0) };
  });
}

/** The bots to choose from: those that there are, and those that did something of late. */
function choices(
  bots: readonly { id: string; name: string }[],
  done: readonly BotDay[],
): { id: string; name: string }[] {
  const all = new Map([
    ...bots.map(({ id, name }) => [id, name] as const),
    ...done.map(({ botId, bot }) => [botId, bot] as const),
  ]);
  return [...all].map(([id, name]) => ({ id, name })).sort((one, other) => one.name.localeCompare(other.name, "en"));
}
