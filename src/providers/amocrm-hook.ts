import { createHmac, timingSafeEqual } from "node:crypto";
import { ForgedEvent } from "./forgery.ts";
import type { Hook } from "./hook.ts";

/**
 * `GET /hooks/amocrm`: the integration was removed from an account, for every user there. The signature has neither time
 * nor number in it and holds for ever (facts/amocrm.md, 6), so nothing is believed before amoCRM was asked.
 */
export function uninstallHook(client: { clientId: string; clientSecret: string }): Hook {
  const { clientId, clientSecret } = client;
  return {
    method: "GET",
    path: "",
    async read({ query }) {
      const [account = "", ...others] = query.getAll("account_id");
      const [signature = "", ...more] = query.getAll("signature");
      const [client = ""] = query.getAll("client_uuid");
      const expected = createHmac("sha256", clientSecret).update(`${clientId}|${account}`).digest();
      const given = Buffer.from(/^[0-9a-f]{64}$/i.test(signature) ? signature : "", "hex");
      const signed = given.length === expected.length && timingSafeEqual(given, expected);
      if (!signed || client !== clientId || others.length + more.length > 0 || !/^\d{1,20}$/.test(account)) {
        throw new ForgedEvent(
          "signature_invalid",
          "The hook's signature is missing or wrong: AMOCRM_CLIENT_ID and AMOCRM_CLIENT_SECRET must be those of the integration in amoCRM.",
        );
      }
      return {
        id: null,
        name: "uninstall",
        about: { kind: "identities", providerUidPrefix: `${account}:` },
        means: "check",
      };
    },
  };
}
