import { z } from "zod";
import type { ProviderEvent } from "../../providers/hook.ts";

const text = z.string().max(1000);
const eventPayload = z.object({
  id: text.nullable(),
  saidAt: z.number().optional(),
  name: text,
  about: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("identity"), providerUid: text }),
    z.object({ kind: z.literal("identities"), providerUidPrefix: text }),
    z.object({ kind: z.literal("refresh_token"), name: text }),
    z.object({ kind: z.literal("nobody") }),
  ]),
  means: z.enum(["check", "hijacked", "sessions_ended", "nothing"]),
  note: text.optional(),
});

/** An event as it is kept, sealed, until it is acted on. */
export function writeEvent(event: ProviderEvent): string {
  return JSON.stringify(event);
}

/** The same, as it was kept. */
export function readEvent(payload: string): ProviderEvent {
  return eventPayload.parse(JSON.parse(payload));
}
