import { createHmac } from "node:crypto";
import type { AmocrmWorld } from "./world.ts";

/** The hook's address with its query, as amoCRM signs it: neither time nor number is in it. */
export function hookAddress({ integration }: AmocrmWorld, accountId: number): string {
  const { clientId, clientSecret, hookUrl } = integration;
  const url = new URL(hookUrl ?? "http://nowhere.invalid");
  const signature = createHmac("sha256", clientSecret).update(`${clientId}|${accountId}`).digest("hex");
  url.search = new URLSearchParams({ account_id: String(accountId), client_uuid: clientId, signature }).toString();
  return url.href;
}

/** Removes the integration from an account, for all its users, and tells so once. */
export async function uninstall(world: AmocrmWorld, accountId: number, how = { tell: true }): Promise<void> {
  world.grants.revokeAccount(accountId);
  if (!how.tell || !world.integration.hookUrl) return;
  const url = hookAddress(world, accountId);
  const status = await fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    () => null,
  );
  world.hooks.push({ url: url.split("?", 1)[0] ?? "", status });
}
