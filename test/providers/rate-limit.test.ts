import { expect, test } from "vitest";
import { rateLimitSeconds } from "../../src/providers/rate-limit.ts";

const nowSeconds = Date.parse("2026-11-22T00:00:00Z") / 1000;
const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(nowSeconds + 900) };

const cases: [number, string, Record<string, string>, number | undefined][] = [
  [429, "", { "retry-after": "7", ...reset }, 7],
  [429, "", { "retry-after": "0" }, 0],
  [429, "", { "retry-after": "Sun, 22 Nov 2026 00:02:00 GMT" }, 120],
  [429, "", { "retry-after": "Sat, 21 Nov 2026 00:00:00 GMT" }, 0],
  [429, "", { "retry-after": "soon", ...reset }, 900],
  [429, "", { "retry-after": "-1" }, 60],
  [429, "", { "retry-after": "99999999999" }, 24 * 3600],
  [403, "", reset, 900],
  [403, "", { ...reset, "x-ratelimit-reset": String(nowSeconds - 5) }, 1],
  [403, "", { ...reset, "x-ratelimit-reset": "99999999999" }, 24 * 3600],
  [403, "You have exceeded a secondary rate limit", {}, 60],
  [403, "Maximum number of login attempts exceeded", {}, 60],
  [403, "Resource not accessible by integration", { "x-ratelimit-remaining": "12" }, undefined],
  [404, "", reset, undefined],
];

test.each(cases)("%d %j with %j means to wait %j s", (status, message, headers, seconds) => {
  expect(rateLimitSeconds({ status, message, header: (name) => headers[name], nowSeconds })).toBe(seconds);
});
