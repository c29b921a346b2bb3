import type { AuditAction } from "../../store/audit.ts";

/** What people look for in the audit log, as one word for the actions that belong together. */
export const auditKinds = [
  "commit",
  "pull-request",
  "push",
  "fetch",
  "api-write",
  "api-read",
  "sync",
  "pass",
  "permission",
  "account",
  "sign-in",
  "bot",
  "user",
  "installation",
] as const;
export type AuditKind = (typeof auditKinds)[number];

/** Each action is of one kind: a new one has to say of which. */
const kindOf: Record<AuditAction, AuditKind> = {
  commit: "commit",
  pull_request: "pull-request",
  "git.push": "push",
  "git.fetch": "fetch",
  "git.lfs": "fetch",
  "api.write": "api-write",
  "api.read": "api-read",
  whoami: "api-read",
  sync: "sync",
  "repository.register": "sync",
  "repository.remove": "sync",
  "pass.create": "pass",
  "pass.end": "pass",
  "delegation.grant": "permission",
  "delegation.end": "permission",
  "delegation.refuse": "permission",
  "sign_off.agree": "permission",
  "sign_off.withdraw": "permission",
  connect: "account",
  "connect.pending": "account",
  "connect_link.create": "account",
  "connect_link.use": "account",
  "provider.event": "account",
  disconnect: "account",
  "account.revoked": "account",
  sign_in: "sign-in",
  sign_out: "sign-in",
  "bot.create": "bot",
  "bot.revoke": "bot",
  "bot.ceiling": "bot",
  "bot.offer": "bot",
  "bot.offer_withdraw": "bot",
  "user.create": "user",
  "user.deactivate": "user",
  "user.erase": "user",
  "tombstone.lift": "user",
  "installation.created": "installation",
  "installation.deleted": "installation",
  "installation.suspended": "installation",
  "installation.unsuspended": "installation",
  "installation.permissions_accepted": "installation",
  "installation.repositories_added": "installation",
  "installation.repositories_removed": "installation",
};

/** The actions of a kind. */
export function actionsOf(kind: AuditKind): string[] {
  return Object.entries(kindOf).flatMap(([action, of]) => (of === kind ? [action] : []));
}
