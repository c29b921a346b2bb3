/**
 * Seconds to wait before the next request, in the order that GitHub documents: `retry-after`; then
 * `x-ratelimit-reset` when nothing remains; else a minute.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * @returns undefined when the answer is no rate limit
 */
export function rateLimitSeconds(answer: {
  status: number;
  header(name: string): string | undefined;
  message: string;
  nowSeconds: number;
}): number | undefined {
  const retryAfter = Number(answer.header("retry-after") ?? Number.NaN);
  const exhausted = answer.header("x-ratelimit-remaining") === "0";
  const limited =
    answer.status === 429 ||
    (answer.status === 403 && (!Number.isNaN(retryAfter) || exhausted || /rate limit/i.test(answer.message)));
  if (!limited) return undefined;
  if (retryAfter >= 0) return Math.ceil(retryAfter);
  const reset = Number(answer.header("x-ratelimit-reset") ?? Number.NaN);
  if (exhausted && reset >= 0) return Math.max(1, Math.ceil(reset - answer.nowSeconds));
  return 60;
}
