/**
 * The user reference in an address. `ext.ID` is percent-encoded by itself (contract, User references), so it is taken as
 * it stands there: decoding it once more would make `a%2Fb` and `a/b` one user.
 * @param url the request's path, as it was sent
 * @param decoded what the router made of the parameter
 */
export function userReference(url: string, decoded: string): string {
  const sent = /^\/api\/v1\/users\/(ext\.[^/?]+)/.exec(url)?.[1];
  return sent ?? decoded;
}
