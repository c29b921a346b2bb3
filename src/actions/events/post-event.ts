import { Webhook } from "standardwebhooks";
import type { EventsConfig } from "../../config/events.ts";
import { boundedFetch, contractDeadlineMs, readBeginning } from "../../providers/outgoing.ts";
import type { OutboundEvent } from "../../store/events/events.ts";
import { eventBody } from "./event-body.ts";

/** What is read of an answer. Nothing in it counts, but a connection whose answer was read can be used again. */
const mostBytes = 16 * 1024;

/**
 * Posts an event once, signed with each of the secrets, as Standard Webhooks has it
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * @returns the status of the answer
 * @throws ProviderFailure `unreachable` when none came within 15 s
 */
export async function postEvent(
  deps: { fetch: typeof globalThis.fetch; events: EventsConfig },
  event: OutboundEvent,
): Promise<number> {
  const { url, secrets } = deps.events;
  const body = eventBody(event);
  const sentAt = new Date();
  const signatures = secrets.map((secret) => new Webhook(secret).sign(event.id, sentAt, body));
  const post = boundedFetch(deps.fetch, contractDeadlineMs, (response) => readBeginning(response, mostBytes));
  const { status } = await post(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "onbehalf",
      "webhook-id": event.id,
      "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
      "webhook-signature": signatures.join(" "),
    },
    body,
  });
  return status;
}
