import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";

/** One attempt to deliver, as GitHub lists it. */
export interface DeliveryAttempt {
  /** Of this attempt. */
  id: string;
  /** Of the delivery: the same for each attempt. */
  deliveryId: string;
  at: Date;
  succeeded: boolean;
}

const answer = z.array(
  z.object({
    id: z.union([z.number(), z.bigint(), z.string()]),
    guid: z.string(),
    delivered_at: z.string(),
    status_code: z.number(),
  }),
);

const mostPages = 30;

/**
 * The app's attempts to deliver since a time, the youngest first.
 * https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 * @param jwt the app's own
 */
export async function listDeliveryAttempts(
  deps: { client: GithubClient },
  jwt: string,
  since: Date,
): Promise<DeliveryAttempt[]> {
  const found: DeliveryAttempt[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { status, data, header } = await deps.client.rest(jwt, "GET /app/hook/deliveries", { per_page: 100, cursor });
    const parsed = answer.safeParse(data);
    if (status !== 200 || !parsed.success) {
      throw new ProviderFailure("garbled", `GitHub answered ${status} about the app's deliveries`);
    }
    const attempts = parsed.data.map((one) => ({
      id: String(one.id),
      deliveryId: one.guid,
      at: new Date(one.delivered_at),
      succeeded: one.status_code >= 200 && one.status_code < 300,
    }));
    found.push(...attempts.filter(({ at }) => at >= since));
    // https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    const next = /<([^>]+)>; *rel="next"/.exec(header("link") ?? "")?.[1];
    cursor = next ? (URL.parse(next)?.searchParams.get("cursor") ?? undefined) : undefined;
    const last = attempts.at(-1);
    if (!cursor || !last || last.at < since) break;
  }
  return found;
}

/** Has a delivery sent again; GitHub says 202 and does it by itself. */
export async function requestDelivery(deps: { client: GithubClient }, jwt: string, attemptId: string): Promise<void> {
  const route = "POST /app/hook/deliveries/{attemptId}/attempts";
  const { status } = await deps.client.rest(jwt, route, { attemptId });
  if (status !== 202) throw new ProviderFailure("garbled", `GitHub answered ${status} to a delivery asked for again`);
}
