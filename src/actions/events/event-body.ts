import type { OutboundEvent } from "../../store/events/events.ts";

/** What the receiver gets, the same bytes on each try: ids, and words of ours. */
export function eventBody(event: OutboundEvent): string {
  const { accountId, delegationId } = event;
  return JSON.stringify({
    type: event.type,
    timestamp: event.occurredAt.toISOString(),
    data: {
      event_id: event.id,
      sequence: Number(event.sequence),
      user_id: event.userId,
      external_id: event.externalId,
      provider: event.provider,
      ...(accountId === null ? {} : { account_id: accountId, state: event.accountState }),
      ...(delegationId === null ? {} : { delegation_id: delegationId, bot_id: event.botId }),
      reason: event.reason,
    },
  });
}
