import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent } from "undici";

/** Names below `localhost` are this machine (RFC 6761 6.3), which not every system's resolver knows. */
export const lookup: LookupFunction = (hostname, options, callback) => {
  if (!/(^|\.)localhost$/.test(hostname)) return systemLookup(hostname, options, callback);
  const here: LookupAddress = { address: "127.0.0.1", family: 4 };
  process.nextTick(() => (options.all ? callback(null, [here]) : callback(null, here.address, here.family)));
};

/** A `fetch` that finds names below `localhost`: for a provider that runs on this machine. */
export function localhostFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const dispatcher = new Agent({ connect: { lookup } });
  return (input, init) => fetch(input, { ...init, dispatcher });
}
