import { z } from "zod";
import { isLoopback } from "../loopback.ts";
import { headerNameFault, headerValue, tokenPlace } from "./header-rules.ts";

/** One line of text, for people. */
export const line = z.string().regex(/^[^\p{Cc}\p{Bidi_Control}]{1,100}$/u, "must be one line of 1 to 100 characters");

/** A scope, a parameter's value or the like: printable ASCII without quotes (RFC 6749, 3.3). */
export const token = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,300}$/, "must be a word without spaces or quotes");

export const scopes = z.array(token).max(100).default([]);

/** The name of an environment variable. What was given is never repeated: it may be the secret itself. */
export const variable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,99}$/, "must be the name of an environment variable, such as ACME_CLIENT_SECRET");

/** Names from the outside in, with dots between them. */
export const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, "must be names with dots between them, such as data.user.id");

/** An address that tokens or people are sent to. */
export const address = z
  .string()
  .max(2000)
  .superRefine((value, context) => {
    const why = addressFault(value);
    if (why) context.addIssue(why);
  });

function addressFault(value: string): string | null {
  const url = URL.parse(value);
  if (!url || !["https:", "http:"].includes(url.protocol)) return "must be an address with https://";
  if (url.username || url.password) return "must have no user name or password in it";
  if (url.hash) return "must have no # in it";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "is http:// for a host that is not loopback, where tokens would travel in clear: use https://";
  }
  return null;
}

/** An origin that tokens may be sent to, from `api.example.com`, `api.example.com:8443` or an address without a path. */
export const apiHost = z
  .string()
  .max(300)
  .transform((value, context) => {
    const given = /^https?:\/\//.test(value) ? value : `https://${value}`;
    const url = URL.parse(given);
    const bare = url && (given === url.origin || given === `${url.origin}/` || given === `${url.origin}:443`);
    if (!url || !bare || /[*\s]/.test(value)) {
      context.addIssue("must be a host such as api.example.com: in small letters, without path, user name or *");
      return z.NEVER;
    }
    const why = addressFault(given);
    if (!why) return url.origin;
    context.addIssue(why);
    return z.NEVER;
  });

const headers = z
  .record(z.string(), z.string().regex(headerValue, "must be one line of printable ASCII"))
  .superRefine((given, context) => {
    const seen = new Set<string>();
    for (const name of Object.keys(given)) {
      const twice = seen.has(name.toLowerCase()) ? "is there twice" : null;
      seen.add(name.toLowerCase());
      const why = headerNameFault(name) ?? twice;
      if (why) context.addIssue({ code: "custom", message: why, path: [name] });
    }
  });

/** Headers for calls of the API; the token must stand in exactly one of them. */
export const apiHeaders = headers.superRefine((given, context) => {
  const places = Object.values(given).filter((value) => value.includes(tokenPlace)).length;
  if (places !== 1)
    context.addIssue(`must have ${tokenPlace} in exactly one value, as in Authorization: Bearer {token}`);
});

/** Headers for calls that carry their credentials in other ways. */
export const requestHeaders = headers
  .superRefine((given, context) => {
    for (const name of Object.keys(given).filter((one) => /^(authorization|content-type|accept)$/i.test(one))) {
      context.addIssue({ code: "custom", message: "is onbehalf's own to say: take it out", path: [name] });
    }
  })
  .default({});

/** What onbehalf puts into the authorize address itself. */
const ownParameters = [
  "client_id",
  "code_challenge",
  "code_challenge_method",
  "nonce",
  "redirect_uri",
  "request",
  "request_uri",
  "response_mode",
  "response_type",
  "scope",
  "state",
];

export const authorizeParameters = z
  .record(z.string().regex(/^[\w.:-]{1,100}$/), z.string().max(1000))
  .superRefine((parameters, context) => {
    for (const name of Object.keys(parameters).filter((name) => ownParameters.includes(name))) {
      context.addIssue({ code: "custom", message: "is onbehalf's own to say: take it out", path: [name] });
    }
  })
  .default({});
