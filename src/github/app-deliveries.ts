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
    // Longer than a JavaScript number is exact; Octokit makes a bigint of it (https://github.com/octokit/request.js/issues/797).
    id: z.union([z.number(), z.bigint(), z.string()]),
    guid: z.string(),
    delivered_at: z.coerce.date(),
    status_code: z.number(),
  }),
);

/**
 * A page of the app's attempts to deliver, the youngest first. Failed ones can't be asked for alone: GitHub's filter
 * goes by the range of the status code, and an attempt that nobody answered has none.
 * https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 * @param jwt the app's own
 * @param cursor where the page begins
 * @returns with where the next page begins, if there is one
 */
export async function listDeliveryAttempts(
  deps: { client: GithubClient },
  jwt: string,
  cursor?: string,
): Promise<{ attempts: DeliveryAttempt[]; next: string | undefined }> {
  const { status, data, header } = await deps.client.rest(jwt, "GET /app/hook/deliveries", {
    per_page: 100,
    ...(cursor === undefined ? {} : { cursor }),
  });
  // An app whose webhook is switched off has no deliveries.
  if (status === 404) return { attempts: [], next: undefined };
  const parsed = answer.safeParse(data);
  if (status !== 200 || !parsed.success) {
    throw new ProviderFailure("garbled", `GitHub answered ${status} about the app's deliveries`);
  }
  const attempts = parsed.data.map((one) => ({
    id: String(one.id),
    deliveryId: one.guid,
    at: one.delivered_at,
    succeeded: one.status_code >= 200 && one.status_code < 300,
  }));
  // https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
  const next = /<([^>]+)>; *rel="next"/.exec(header("link") ?? "")?.[1];
  return { attempts, next: (next && URL.parse(next)?.searchParams.get("cursor")) || undefined };
}

/**
 * Has a delivery sent again.
 * @returns GitHub's status: 202 when it does
 */
export async function requestDelivery(deps: { client: GithubClient }, jwt: string, attemptId: string): Promise<number> {
  const { status } = await deps.client.rest(jwt, "POST /app/hook/deliveries/{attemptId}/attempts", { attemptId });
  return status;
}
