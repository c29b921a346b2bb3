import { type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";
import { type Notice, noticeBanner } from "./notice.ts";
import { webAddress } from "./web-address.ts";

const pages = [
  { id: "overview", href: "/admin", text: "Overview" },
  { id: "accounts", href: "/admin/accounts", text: "Accounts" },
  { id: "users", href: "/admin/users", text: "Users" },
  { id: "bots", href: "/admin/bots", text: "Bots" },
  { id: "repositories", href: "/admin/repositories", text: "Repositories" },
  { id: "audit", href: "/admin/audit", text: "Audit log" },
  { id: "deliveries", href: "/admin/deliveries", text: "Deliveries" },
  { id: "revocations", href: "/admin/revocations", text: "Revocations" },
] as const;

export type AdminPage = {
  viewer: Viewer;
  notice?: Notice | null;
  current: (typeof pages)[number]["id"];
  title: string;
  says: string;
  body: Html;
};

/** What admins see: a page of its kind, and the way to the others. */
export function adminLayout({ viewer, notice, current, title, says, body }: AdminPage): Html {
  const links = pages.map(
    ({ id, href, text }) =>
      html`<li><a class="SubNav-item" href="${href}"${id === current && html` aria-current="page"`}>${text}</a></li>`,
  );
  return layout({
    title,
    viewer,
    current: "admin",
    body: html`
    ${noticeBanner(notice)}
    <div class="Subhead">
      <h1>${title}</h1>
      <p>${says}</p>
    </div>
    <nav class="SubNav" aria-label="Admin"><ul role="list">${links}</ul></nav>
    ${body}`,
  });
}

/** Links through a list that is longer than a page. */
export function pager(links: { first: string | null; next: string | null }): Html | null {
  const first = webAddress(links.first);
  const next = webAddress(links.next);
  if (!first && !next) return null;
  return html`<nav class="Pager" aria-label="Pages">${first && html`<a class="btn" href="${first}">First page</a>`}${next && html`<a class="btn" href="${next}">Next page</a>`}</nav>`;
}
