/** What an action is called in a sentence about who did it. An action of a later version is called as the log does. */
const words = new Map([
  ["commit", "Commit"],
  ["pull_request", "Pull request"],
  ["git.push", "Push"],
  ["git.fetch", "Fetch"],
  ["git.lfs", "Large files (LFS)"],
  ["api.read", "Read through the API"],
  ["api.write", "Change through the API"],
  ["whoami", "Answer to /onbehalf whoami"],
  ["sync", "Mirror brought up to date"],
  ["repository.register", "Mirror registered"],
  ["repository.remove", "Mirror removed"],
  ["repository.change", "Mirror's settings changed"],
  ["repository.sync", "Mirror asked to be brought up to date"],
  ["pass.create", "Pass made"],
  ["pass.end", "Pass ended"],
  ["delegation.grant", "Permission given"],
  ["delegation.end", "Permission ended"],
  ["delegation.refuse", "Bot refused"],
  ["sign_off.agree", "Sign-off allowed"],
  ["sign_off.withdraw", "Sign-off withdrawn"],
  ["connect", "Account connected"],
  ["connect.pending", "Account to be confirmed"],
  ["connect_link.create", "Connect link made"],
  ["connect_link.use", "Connect link used"],
  ["provider.event", "Provider's notice"],
  ["disconnect", "Account disconnected"],
  ["account.revoked", "Access ended"],
  ["revocation.retry", "Revocation tried again"],
  ["sign_in", "Sign-in"],
  ["sign_out", "Sign-out"],
  ["bot.create", "Bot created"],
  ["bot.revoke", "Bot revoked"],
  ["bot.key_create", "Key made"],
  ["bot.key_end", "Key ended"],
  ["bot.ceiling", "Bot's limit changed"],
  ["bot.offer", "Bot offered to everybody"],
  ["bot.offer_withdraw", "Offer of a bot withdrawn"],
  ["user.create", "User created"],
  ["user.deactivate", "User deactivated"],
  ["user.erase", "User erased"],
  ["tombstone.lift", "User let in again"],
  ["delivery.retry", "Delivery to be handled again"],
  ["event.retry", "Event to be sent again"],
  ["installation.created", "App installed"],
  ["installation.deleted", "App uninstalled"],
  ["installation.suspended", "Installation suspended"],
  ["installation.unsuspended", "Installation taken up again"],
  ["installation.permissions_accepted", "New permissions of the app accepted"],
  ["installation.repositories_added", "Repositories added to the installation"],
  ["installation.repositories_removed", "Repositories taken from the installation"],
]);

export function actionWords(action: string): string {
  return words.get(action) ?? action;
}

/** What a kind of events is called in a list to choose from. */
const kinds = new Map([
  ["commit", "Commits"],
  ["pull-request", "Pull requests"],
  ["push", "Pushes"],
  ["fetch", "Fetches"],
  ["api-write", "Changes through the API"],
  ["api-read", "Reads through the API"],
  ["sync", "Mirrors"],
  ["pass", "Passes"],
  ["permission", "Permissions"],
  ["account", "Accounts"],
  ["sign-in", "Sign-ins and sign-outs"],
  ["bot", "Bots"],
  ["user", "Users"],
  ["installation", "Installations"],
  ["delivery", "Deliveries and events"],
]);

export function kindWords(kind: string): string {
  return kinds.get(kind) ?? kind;
}

export type AuditResult = "started" | "succeeded" | "failed";

/** `started`: it began, and how it ended is not known (yet). */
export const resultWords: Record<AuditResult, string> = {
  succeeded: "Done",
  failed: "Failed",
  started: "Not known yet",
};
