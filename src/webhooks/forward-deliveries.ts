import type { SmeeClient } from "smee-client";
import { z } from "zod";
import type { Log } from "../log.ts";
import { boundedFetch } from "../providers/outgoing.ts";

/** What a channel sends for each delivery: its headers in lower case, and its body. */
const message = z.looseObject({
  body: z.unknown(),
  /** The text of the body, from channels that hand it on. */
  rawdata: z.string().optional(),
  rawbody: z.string().optional(),
});

/** What the signature check and the handlers read. Whatever else a channel sends stays outside. */
const forwarded = ["x-github-event", "x-github-delivery", "x-hub-signature-256"];

/**
 * Brings the deliveries of a smee channel to our own webhook address, for a machine that GitHub can't reach. The channel
 * need not be trusted: each delivery's signature is checked like any other's.
 *
 * smee-client listens. The forwarding is ours, since its own writes a parsed body anew even where the channel has the
 * raw text, and makes headers of whatever else a message holds (https://github.com/probot/smee-client/pull/321). Where
 * a channel has a parsed body only, the signature fits as long as GitHub writes JSON as `JSON.stringify` does.
 * @param route.targets where the deliveries of an App go, by its number; those of no App that is named go to the first
 * @param route.retryAfterMs the pause after an answer that is no channel's
 */
export function forwardDeliveries(
  deps: { log: Log; fetch: typeof globalThis.fetch },
  {
    retryAfterMs = 10_000,
    source,
    targets,
  }: { source: string; targets: ReadonlyMap<number, string>; retryAfterMs?: number },
): { stop(): Promise<void> } {
  const { log } = deps;
  const fetch = boundedFetch(deps.fetch);
  let client: SmeeClient | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;

  const [first = ""] = targets.values();
  const handOn = async (data: string) => {
    try {
      const { appId, headers, body } = readMessage(data);
      const { status } = await fetch(targets.get(appId) ?? first, { method: "POST", headers, body });
      log.info({ delivery: headers["x-github-delivery"], status }, "a delivery came through WEBHOOK_PROXY_URL");
    } catch (error) {
      log.warn({ err: error }, "a delivery that came through WEBHOOK_PROXY_URL could not be handed on");
    }
  };

  const listen = async () => {
    // Loaded where it is wanted only: it brings an HTTP client of its own.
    const smee = await import("smee-client");
    if (stopped) return;
    // Told not to forward it keeps to that until it is stopped, so each attempt gets a new one.
    const current = new smee.SmeeClient({ source, target: first, forward: false, logger: { info() {}, error() {} } });
    client = current;
    current.onopen = () => log.info("listening for deliveries at WEBHOOK_PROXY_URL");
    current.onmessage = ({ data }) => void handOn(String(data));
    // A lost connection it makes again by itself. On an answer that is no event stream, and has a status, it gives up.
    current.onerror = ({ code }) => {
      if (stopped || code === undefined) return;
      log.warn("WEBHOOK_PROXY_URL does not answer as a smee channel does; trying again");
      retry = setTimeout(begin, retryAfterMs);
    };
    await current.start().catch(() => {}); // the handler above has heard of it
  };
  const begin = () => {
    listen().catch((error) => log.error({ err: error }, "WEBHOOK_PROXY_URL can't be listened to"));
  };
  begin();

  return {
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.stop();
    },
  };
}

function readMessage(data: string): { appId: number; headers: Record<string, string>; body: string } {
  const { body, rawdata, rawbody, ...rest } = message.parse(JSON.parse(data));
  const headers: Record<string, string> = { "content-type": "application/json" };
  for (const name of forwarded) {
    const value = rest[name];
    if (typeof value === "string") headers[name] = value;
  }
  return {
    appId: Number(rest["x-github-hook-installation-target-id"]),
    headers,
    body: rawdata ?? rawbody ?? JSON.stringify(body),
  };
}
