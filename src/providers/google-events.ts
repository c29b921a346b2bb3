import { compactVerify, createRemoteJWKSet, customFetch, decodeProtectedHeader, errors } from "jose";
import { z } from "zod";
import { ProviderFailure } from "./failure.ts";
import { ForgedEvent } from "./forgery.ts";
import type { EventMeaning, EventSubject, Hook, ProviderEvent } from "./hook.ts";
import { signingAlgorithms } from "./openid.ts";
import { openidFetch } from "./openid-fetch.ts";

const configuration = z.object({ issuer: z.string().min(1), jwks_uri: z.url() });

const short = z.string().min(1).max(255);
/** What a database takes and a log shows. */
const printable = short.regex(/^[\x20-\x7e]+$/);
const claims = z.object({
  iss: short,
  aud: z.union([z.string(), z.array(z.string()).max(100)]).transform((value) => [value].flat()),
  jti: printable,
  /** RFC 8417 2.2. */
  iat: z.number().positive().max(253_402_300_799).optional().catch(undefined),
  events: z.record(z.string().max(300), z.record(z.string(), z.unknown())),
});

const person = z.object({ subject_type: z.enum(["iss-sub", "iss_sub"]), iss: short, sub: printable });
const refreshToken = z.object({
  subject_type: z.literal("oauth_token"),
  token_type: z.literal("refresh_token"),
  token_identifier_alg: z.enum(["prefix", "hash_base64_sha512_sha512"]),
  token: short,
});

/** Google's configuration of security events is read again after this time, in milliseconds. */
const knownMs = 3_600_000;

interface Options {
  name: string;
  issuer: string;
  clientId: string;
  signIn: boolean;
}

/**
 * Google's security events (Cross-Account Protection; facts/google.md; RFC 8417, RFC 8935): a signed token says that
 * somebody's account was hijacked, disabled, or lost its tokens. `exp` is not looked at: what happened stays true.
 */
export function createGoogleEvents(deps: { fetch: typeof globalThis.fetch }, options: Options): Hook {
  const { name, issuer } = options;
  const fetch = openidFetch(deps.fetch, options);
  let known: { read: ReturnType<typeof read>; at: number } | null = null;

  /** One request at a time, however many events come meanwhile. */
  function configured(): ReturnType<typeof read> {
    if (known && Date.now() - known.at < knownMs) return known.read;
    const now = { read: read(), at: Date.now() };
    known = now;
    now.read.catch(() => {
      if (known === now) known = null;
    });
    return now.read;
  }

  async function read() {
    const address = `${issuer}/.well-known/risc-configuration`;
    const response = await fetch(address, { headers: { accept: "application/json" } });
    const parsed = configuration.safeParse(await response.json().catch(() => null));
    if (response.status !== 200 || !parsed.success) {
      throw new ProviderFailure("garbled", `${name}'s configuration of security events could not be understood`);
    }
    // Unknown keys are looked for at most every 30 seconds: whoever makes up key ids makes no requests of ours.
    const keys = createRemoteJWKSet(new URL(parsed.data.jwks_uri), { [customFetch]: fetch });
    return { configuration: parsed.data, keys };
  }

  return {
    method: "POST",
    path: "/risc",
    async read({ body }) {
      const token = body.trim();
      const { alg, kid } = headerOf(token);
      if (!alg || !signingAlgorithms.includes(alg)) {
        throw new ForgedEvent("event_algorithm", "it is signed with no algorithm that is accepted");
      }
      if (!kid) throw new ForgedEvent("event_key_unknown", "it names no key");
      const { configuration: expected, keys } = await configured();
      const { payload } = await compactVerify(token, keys, { algorithms: signingAlgorithms }).catch((error) => {
        throw forgeryOf(error);
      });
      const said = parse(payload);
      if (said.iss !== expected.issuer) throw new ForgedEvent("event_issuer", "its issuer is somebody else");
      if (!said.aud.includes(options.clientId)) throw new ForgedEvent("event_audience", "it is for another client");
      const subjects = [expected.issuer, issuer].map(withoutSlash);
      return understand(said, { signIn: options.signIn, isIssuer: (iss) => subjects.includes(withoutSlash(iss)) });
    },
  };
}

function headerOf(token: string): { alg?: string | undefined; kid?: string | undefined } {
  try {
    // A token without a signature has its second dot all the same (RFC 7515 3.1).
    if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) throw new errors.JWSInvalid("not in compact form");
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw new ForgedEvent("event_garbled", "it is no signed token", { cause });
  }
}

function forgeryOf(error: unknown): unknown {
  for (let inner = error; inner instanceof Error; inner = inner.cause)
    if (inner instanceof ProviderFailure) return inner;
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return new ForgedEvent("event_key_unknown", "it is signed with a key that is not published", { cause: error });
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new ForgedEvent("event_signature", "its signature does not fit", { cause: error });
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JOSENotSupported) {
    return new ForgedEvent("event_garbled", "it is no signed token", { cause: error });
  }
  return new ProviderFailure("garbled", "the published keys could not be understood", { cause: error });
}

function parse(payload: Uint8Array): z.infer<typeof claims> {
  try {
    return claims.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
  } catch {
    // No cause: it would quote what was sent.
    throw new ForgedEvent("event_garbled", "it lacks what a security event has");
  }
}

/** What is done for a type, by its last part. */
const meanings = new Map<string, EventMeaning>([
  ["sessions-revoked", "sessions_ended"],
  ["account-credential-change-required", "sessions_ended"],
  ["account-disabled", "check"],
  ["tokens-revoked", "check"],
  ["token-revoked", "check"],
  ["account-enabled", "nothing"],
  ["verification", "nothing"],
]);

function understand(
  said: z.infer<typeof claims>,
  deps: { signIn: boolean; isIssuer: (iss: string) => boolean },
): ProviderEvent {
  const types = Object.entries(said.events).map(([uri, event]) => ({ type: uri.split("/").at(-1) ?? "", event }));
  const known = types.find(({ type }) => meanings.has(type)) ?? types[0];
  if (!known) throw new ForgedEvent("event_garbled", "it says that nothing happened");
  const { event } = known;
  const type = /^[a-z-]{1,60}$/.test(known.type) ? known.type : "unknown";
  const about = subjectOf(event.subject, deps.isIssuer);
  const usual = meanings.get(type) ?? "nothing";
  // An account that somebody else got into; and who signs in with Google loses their session with its tokens, too.
  const sessionsToo =
    (type === "account-disabled" && event.reason === "hijacking") || (type === "tokens-revoked" && deps.signIn);
  const means = about.kind === "nobody" ? "nothing" : sessionsToo ? "hijacked" : usual;
  const state = printable.safeParse(event.state);
  const note = type === "verification" && state.success ? { note: state.data } : {};
  const saidAt = said.iat === undefined ? {} : { saidAt: said.iat };
  return { id: said.jti, ...saidAt, name: type, about, means, ...note };
}

function subjectOf(subject: unknown, isIssuer: (iss: string) => boolean): EventSubject {
  const somebody = person.safeParse(subject);
  if (somebody.success && isIssuer(somebody.data.iss)) return { kind: "identity", providerUid: somebody.data.sub };
  const token = refreshToken.safeParse(subject);
  if (token.success) {
    return { kind: "refresh_token", name: `${token.data.token_identifier_alg}:${token.data.token}` };
  }
  return { kind: "nobody" };
}

/** The configuration's issuer ends with a slash, and that of ID tokens doesn't. */
function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, "");
}
