/** A person's name for a commit; what would end its address early, or begin another line, goes. */
export function personName(identity: { displayName: string | null; login: string }): string {
  return identity.displayName?.replaceAll(/[<>\r\n]/g, "").trim() || identity.login;
}

/** The address that survives renames and gives no private one away (facts/github.md, 6). */
export function noreplyAddress(identity: { providerUid: string; login: string }): string {
  return `${identity.providerUid}+${identity.login}@users.noreply.github.com`;
}
