import type { AmocrmSandbox } from "../../../sandbox/amocrm/index.ts";
import type { Stack } from "../../harness/stack.ts";
import { everywhere, type Subject } from "./subject.ts";

let people = 0;

/** An amoCRM of our own. The suite is not about its limit, which would make it wait: there it is far off. */
export async function amocrmSubject(stack: Stack, amocrm: AmocrmSandbox): Promise<Subject> {
  amocrm.setCallbackUrl(`${stack.url}/connect/amocrm/callback`);
  amocrm.switches.requestsPerSecond = 200;
  await stack.database.query({
    text: "INSERT INTO request_slots (name, slot) SELECT 'amocrm', generate_series(8, 200)",
    values: [],
  });
  const { id: accountId, users } = amocrm.account("example");
  const owner = (login: string) => ({ accountId, userId: Number(login) });
  const error = (status: number, hint?: string) => ({
    respond: { status, body: { title: "Некорректный запрос", status, ...(hint ? { hint } : {}) } },
  });
  const both = (faults: Subject["failures"]["ours"]["refresh"]) => ({ exchange: faults, refresh: faults });
  return {
    provider: "amocrm",
    stack,
    newPerson() {
      people += 1;
      const id = 20_000 + people;
      users.push({ id, name: `Person ${id}`, email: `${id}@example.com`, admin: people % 2 === 0 });
      return { uid: `${accountId}:${id}`, login: String(id) };
    },
    consent: (browser, page, { uid }) => browser.submit(page, "Allow", { who: uid, action: "allow" }),
    decline: (browser, page, { uid }) => browser.submit(page, "Allow", { who: uid, action: "cancel" }),
    fail: (operation, fault) => amocrm.faults.add({ match: { operation }, ...fault }),
    failures: {
      unreachable: both(everywhere.unreachable),
      throttled: both([...everywhere.throttled, error(403)]),
      garbled: both([...everywhere.garbled, error(400, "Something new")]),
      ours: both([error(401), error(400, "Check the `client_id` parameter")]),
      refused: {
        exchange: [error(400, "Authorization code has expired"), error(400, "Authorization code has been revoked")],
        refresh: [error(401, "Token has been revoked"), error(401, "Token has expired")],
      },
    },
    revoke: async ({ login }) => amocrm.revokeUser(owner(login)),
    livingTokens: ({ login }) => amocrm.livingPairs(owner(login)),
    rotation: true,
    endsGrants: false,
    refusableScope: null,
  };
}
