import type { FastifyRequest } from "fastify";
import type { AmocrmAccount } from "./seed.ts";
import { type AmocrmWorld, accountAt } from "./world.ts";

/** What a host is: the one with the authorize page, the API's own, an account's, one that an account had, or nobody's. */
export type Asked = { kind: "www" | "api" | "former" | "nobody" } | { kind: "account"; account: AmocrmAccount };

export function hostOf(world: AmocrmWorld, request: FastifyRequest): Asked {
  const { host } = request;
  if (host === world.apiDomain) return { kind: "api" };
  // 127.0.0.1 stands for www, since not every machine resolves names below localhost.
  const www = [world.domain, `www.${world.domain}`, world.domain.replace("localhost", "127.0.0.1")];
  if (www.includes(host)) return { kind: "www" };
  if (!host.endsWith(`.${world.domain}`)) return { kind: "nobody" };
  const label = host.slice(0, -world.domain.length - 1);
  const account = accountAt(world, label);
  if (account) return { kind: "account", account };
  return { kind: world.former.has(label) ? "former" : "nobody" };
}
