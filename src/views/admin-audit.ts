import { adminLayout } from "./admin-layout.ts";
import { type AuditFilterProps, auditFilterForm } from "./audit-filter-form.ts";
import { type AuditEntry, auditRow } from "./audit-row.ts";
import { handle } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";
import { time } from "./time.ts";
import { webAddress } from "./web-address.ts";

/** Whom an event is about. */
export type AuditedPerson = {
  userId: string;
  externalId: string | null;
  /** At the provider; null: they were erased, or are not known there. */
  login: string | null;
  providerUid: string | null;
};

export type AdminAuditEntry = AuditEntry & { person: AuditedPerson | null };

export type AdminAuditPageProps = {
  viewer: Viewer;
  filter: AuditFilterProps;
  entries: readonly AdminAuditEntry[];
  /** Addresses; null: there is no such page. */
  newest: string | null;
  older: string | null;
  searchedUntil: Date | null;
  exports: { csv: string; ndjson: string };
  mostExported: number;
};

function name({ login, externalId }: AuditedPerson): string {
  return login ? handle(login) : (externalId ?? "somebody without a name here");
}

/** The person, with the way to their page and who they are elsewhere. */
function about(person: AuditedPerson | null): Html | null {
  if (!person) return null;
  const { userId, providerUid, externalId, login } = person;
  const ids = [providerUid && `provider’s id ${providerUid}`, login && externalId && `platform’s id ${externalId}`];
  const known = ids.filter(Boolean).join(", ");
  return html`<a class="Link" href="/admin/users/${encodeURIComponent(userId)}">${name(person)}</a>${known && html` <span class="note">(${known})</span>`}`;
}

function row(entry: AdminAuditEntry): Html {
  const { person } = entry;
  return auditRow(entry, { person: person ? name(person) : "somebody", about: about(person) });
}

function nothing({ searchedUntil, newest }: AdminAuditPageProps): Html {
  if (searchedUntil) {
    return html`<div class="Box blankslate"><h2>Nothing found so far</h2><p>Looked back until ${time(searchedUntil)}. Go on with “Older”, or name days above.</p></div>`;
  }
  if (newest) return html`<div class="Box blankslate"><h2>Nothing older</h2><p>This is where the log begins.</p></div>`;
  return html`<div class="Box blankslate">${icon("pulse", 24)}<h2>Nothing fits this filter</h2><p><a class="Link" href="/admin/audit">Show everything</a>.</p></div>`;
}

function pages({ newest, older }: AdminAuditPageProps): Html | null {
  const links = [
    { href: webAddress(newest), text: "Newest" },
    { href: webAddress(older), text: "Older" },
  ].filter(({ href }) => href);
  if (links.length === 0) return null;
  return html`<nav class="Pager" aria-label="Pages">${links.map(({ href, text }) => html`<a class="btn" href="${href}">${text}</a>`)}</nav>`;
}

/** Everything that was done, by whom, for whom and as whom. */
export function adminAuditPage(props: AdminAuditPageProps): Html {
  const { viewer, filter, entries, exports, mostExported, searchedUntil } = props;
  const faulty = Object.keys(filter.faults ?? {}).length > 0 || Boolean(filter.user?.fault);
  const [csv, ndjson] = [webAddress(exports.csv), webAddress(exports.ndjson)];
  return adminLayout({
    viewer,
    notice: null,
    current: "audit",
    title: faulty ? "Error: Audit log" : "Audit log",
    says: "Everything that was done: by which bot, for whom and as whom. What admins do stands here, too.",
    body: html`
    ${auditFilterForm(filter)}
    ${
      entries.length > 0
        ? html`<ul class="Box" role="list">${entries.map(row)}
    </ul>`
        : !faulty && nothing(props)
    }
    ${entries.length > 0 && searchedUntil && html`<p class="note">Looked back until ${time(searchedUntil)}; go on with “Older”.</p>`}
    ${pages(props)}
    ${
      csv &&
      ndjson &&
      html`<p class="note Page-foot">${icon("download")} What the filter lets through, as a file: <a class="Link" href="${csv}" download>CSV</a> or <a class="Link" href="${ndjson}" download>NDJSON</a>. The newest ${mostExported} events at most; name a last day for older ones.</p>`
    }`,
  });
}
