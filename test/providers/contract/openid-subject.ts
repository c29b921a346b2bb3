import type { OpenidProvider } from "../../../sandbox/openid/index.ts";
import type { Stack } from "../../harness/stack.ts";
import { everywhere, type Subject } from "./subject.ts";

let people = 0;

/** A client at an OpenID provider of our own. */
export function openidSubject(
  stack: Stack,
  openid: OpenidProvider,
  options: Pick<Subject, "provider" | "rotation" | "refusableScope"> & { clientId: string },
): Subject {
  const { clientId, ...described } = options;
  const error = (status: number, code: string) => ({ respond: { status, body: { error: code } } });
  const both = (faults: Subject["failures"]["ours"]["refresh"]) => ({ exchange: faults, refresh: faults });
  return {
    ...described,
    stack,
    newPerson() {
      people += 1;
      const sub = `2${String(people).padStart(20, "0")}`;
      const name = `Person ${people}`;
      openid.people.push({ sub, name, email: `${sub}@example.com`, emailVerified: true });
      return { uid: sub, login: sub };
    },
    consent(browser, page, { login }, refuse = []) {
      const refused = Object.fromEntries(refuse.map((scope) => [`scope:${scope}`, []]));
      return browser.submit(page, "Allow", { sub: login, action: "allow", ...refused });
    },
    decline: (browser, page, { login }) => browser.submit(page, "Allow", { sub: login, action: "cancel" }),
    fail: (operation, fault) => openid.faults.add({ match: { operation }, ...fault }),
    failures: {
      unreachable: both(everywhere.unreachable),
      throttled: both(everywhere.throttled),
      garbled: both(everywhere.garbled),
      ours: both([error(401, "invalid_client"), error(400, "unauthorized_client")]),
      refused: both([error(400, "invalid_grant")]),
    },
    revoke: async ({ login }) => openid.revokeGrant(login),
    livingTokens: ({ login }) =>
      openid.grants().find((grant) => grant.sub === login && grant.clientId === clientId)?.tokens ?? 0,
    endsGrants: true,
  };
}
