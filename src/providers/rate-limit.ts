interface Limits {
  header(name: string): string | undefined;
  nowSeconds: number;
}

/** A day. GitHub's limits last an hour; a header that says for ever must not put a person off for ever. */
const longestWait = 24 * 3600;

/**
 * Seconds to wait before the next request, in the order that GitHub documents: `retry-after`; then
 * `x-ratelimit-reset` when nothing remains; else a minute.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function waitSeconds({ header, nowSeconds }: Limits): number {
  const retryAfter = secondsOrDate(header("retry-after") ?? "", nowSeconds);
  if (retryAfter >= 0) return Math.min(longestWait, Math.ceil(retryAfter));
  const reset = Number(header("x-ratelimit-reset") ?? Number.NaN);
  if (header("x-ratelimit-remaining") === "0" && reset >= 0) {
    return Math.min(longestWait, Math.max(1, Math.ceil(reset - nowSeconds)));
  }
  return 60;
}

/** GitHub sends seconds; what stands between may send a date (RFC 9110, 10.2.3). */
function secondsOrDate(value: string, nowSeconds: number): number {
  if (/^\d+$/.test(value)) return Number(value);
  // Date.parse makes a date of nearly anything, such as "-1".
  return /^[A-Z][a-z]{2}, /.test(value) ? Math.max(0, Date.parse(value) / 1000 - nowSeconds) : Number.NaN;
}

/**
 * As {@link waitSeconds}, for an answer that may be a rate limit.
 * @returns undefined when it is none
 */
export function rateLimitSeconds(answer: Limits & { status: number; message: string }): number | undefined {
  const { status, header, message } = answer;
  const limited =
    status === 429 ||
    (status === 403 &&
      (header("retry-after") !== undefined ||
        header("x-ratelimit-remaining") === "0" ||
        // After many bad credentials GitHub refuses good ones for a while, too (facts/github.md, 4).
        /rate limit|login attempts exceeded/i.test(message)));
  return limited ? waitSeconds(answer) : undefined;
}
