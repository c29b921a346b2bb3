import { z } from "zod";
import { ProviderFailure } from "./failure.ts";
import { waitSeconds } from "./rate-limit.ts";

/** amoCRM's errors have no `error` field (facts/amocrm.md, 3); `hint` is in English and the only part that tells them apart. */
const errorAnswer = z.object({ hint: z.string().optional().catch(undefined), title: z.string() });

/** Of the code or the refresh token that was sent. */
const aboutTheGrant = [
  "Authorization code has expired",
  "Authorization code has been revoked",
  "Cannot decrypt the authorization code",
  "Token has been revoked",
  "Token has expired",
];
/** Of what is sent with every one. */
const aboutUs = [/^Check the `/, /^Invalid redirect URI/, /not issued to this client/, /not linked to client/];

/** An address that was blocked for too many requests stays so for a while: no use in trying again soon. */
const blockedSeconds = 600;

export interface AmocrmAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** What an answer of the token endpoint means that isn't 200. */
export function tokenFailure(answer: AmocrmAnswer): ProviderFailure {
  const common = commonFailure(answer);
  if (common) return common;
  const { status } = answer;
  const error = errorAnswer.safeParse(answer.body);
  const hint = error.success ? (error.data.hint ?? "") : "";
  const words = `amoCRM answered ${status}${hint && `: ${hint}`}`;
  const options = { providerCode: String(status) };
  if (aboutTheGrant.includes(hint)) return new ProviderFailure("refused", words, options);
  // Wrong client credentials are the 401 without a hint.
  const ours = aboutUs.some((pattern) => pattern.test(hint)) || (status === 401 && error.success && hint === "");
  return new ProviderFailure(ours ? "ours" : "garbled", words, options);
}

/** What an answer of the API means that isn't 200. */
export function apiFailure(answer: AmocrmAnswer): ProviderFailure {
  const common = commonFailure(answer);
  if (common) return common;
  const { status } = answer;
  const options = { providerCode: String(status) };
  if (status === 401) return new ProviderFailure("unauthorized", "amoCRM did not accept the token", options);
  return new ProviderFailure("garbled", `amoCRM answered ${status}`, options);
}

/** What means the same wherever it comes from. */
function commonFailure({ status, headers }: AmocrmAnswer): ProviderFailure | null {
  const options = { providerCode: String(status) };
  if (status === 429) {
    const header = (name: string) => headers.get(name) ?? undefined;
    const asked = header("retry-after") === undefined ? 1 : waitSeconds({ header, nowSeconds: Date.now() / 1000 });
    return new ProviderFailure("throttled", "amoCRM's limit is reached", { ...options, retryAfter: asked });
  }
  if (status === 403) {
    return new ProviderFailure("throttled", "amoCRM has blocked this address for too many requests", {
      ...options,
      retryAfter: blockedSeconds,
    });
  }
  return status >= 500 ? new ProviderFailure("unreachable", `amoCRM answered ${status}`, options) : null;
}
