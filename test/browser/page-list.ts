import type { Role, Sample } from "../harness/sample/use-sample.ts";

/** A page that an address leads to, and who looks at it. */
export interface ListedPage {
  name: string;
  as: Role;
  /** Without the origin. */
  path: (sample: Sample) => string;
}

const at = (path: string) => () => path;

/**
 * Every page: what the crawl must find, axe looks at, and the screenshots show. A new page is a line here; the crawl
 * fails for one that is missing.
 */
export const pageList: readonly ListedPage[] = [
  { name: "sign-in", as: "nobody", path: at("/") },
  { name: "connect-link", as: "nobody", path: ({ connectLink }) => new URL(connectLink).pathname },
  { name: "not-found", as: "nobody", path: at("/nothing-here") },
  { name: "api", as: "nobody", path: at("/docs") },
  { name: "accounts", as: "member", path: at("/accounts") },
  { name: "connect-confirmation", as: "member", path: ({ confirmation }) => new URL(confirmation).pathname },
  { name: "permissions", as: "member", path: at("/permissions") },
  {
    name: "permission-request",
    as: "member",
    path: at("/permissions?bot=docs-bot&capability=push&capability=workflows&repository=acme/*&branch=main"),
  },
  { name: "permission-narrow", as: "member", path: ({ delegationId }) => `/permissions/${delegationId}` },
  { name: "activity", as: "member", path: at("/activity") },
  { name: "activity-filtered", as: "member", path: at("/activity?kind=commit&result=failed") },
  { name: "sessions", as: "member", path: at("/sessions") },
  { name: "erase", as: "member", path: at("/erase") },
  { name: "admin-overview", as: "admin", path: at("/admin") },
  { name: "admin-users", as: "admin", path: at("/admin/users") },
  { name: "admin-user", as: "admin", path: ({ memberId }) => `/admin/users/${memberId}` },
  { name: "admin-repositories", as: "admin", path: at("/admin/repositories") },
  { name: "admin-repository", as: "admin", path: ({ repositoryId }) => `/admin/repositories/${repositoryId}` },
  { name: "admin-audit", as: "admin", path: at("/admin/audit") },
  { name: "admin-deliveries", as: "admin", path: at("/admin/deliveries") },
  { name: "admin-accounts", as: "admin", path: at("/admin/accounts") },
  { name: "admin-revocations", as: "admin", path: at("/admin/revocations") },
  { name: "admin-bots", as: "admin", path: at("/admin/bots") },
  { name: "admin-bot", as: "admin", path: ({ bots }) => `/admin/bots/${bots.docs.id}` },
];
