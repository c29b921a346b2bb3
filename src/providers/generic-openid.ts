import type { OidcEntry } from "../config/providers-file/entry.ts";
import type { Profile } from "../grant.ts";
import { aliveUnlessUnauthorized, createCallWithToken } from "./call-with-token.ts";
import { common, type EntryDeps, type EntryOptions, tokenHeaders, watchRotation } from "./entry-parts.ts";
import { ProviderFailure } from "./failure.ts";
import { readProfile } from "./found-profile.ts";
import { noOwnErrors } from "./oauth2.ts";
import { type Claims, createOpenid, type Description } from "./openid.ts";
import { profileOf } from "./openid-profile.ts";
import type { GrantEnd, Provider } from "./provider.ts";

/** What identifies, and gives no access that lasts. */
const identifying = ["openid", "profile", "email"];

/** How long after a description could not be read it is asked for anew, in milliseconds. */
const againMs = 60_000;

/** A provider that an entry of the providers file names by its issuer. */
export function createGenericOpenid(deps: EntryDeps, options: EntryOptions<OidcEntry>): Provider {
  const { entry, clientId, clientSecret } = options;
  const { name, issuer, pkce } = entry;
  const openid = createOpenid(deps, {
    name,
    issuer,
    clientId,
    clientSecret,
    clientAuthentication: entry.client_authentication,
    pkce,
  });
  const call = createCallWithToken(deps, {
    name,
    headers: (accessToken) => tokenHeaders(entry, accessToken),
    errors: noOwnErrors,
  });

  let known: Description | null = null;
  let asked = Number.NEGATIVE_INFINITY;
  async function describe(): Promise<Description> {
    known = await openid.describe();
    return known;
  }
  /** Pages name where their forms may lead: that must be known before anybody presses a button. */
  function describeSoon(): void {
    if (known || performance.now() - asked < againMs) return;
    asked = performance.now();
    describe().catch((error: unknown) => {
      deps.log.warn({ err: error, provider: options.id }, "the provider's description of itself can't be read");
    });
  }
  const pictures = () => [new URL(issuer).origin, ...entry.picture_hosts];

  function profileFrom(claims: Claims): Profile {
    const standard = profileOf(claims);
    const { login, name: named, email, avatar = "picture" } = entry.identity;
    const where = { uid: ["sub"], login, name: named, email, avatar };
    const said = readProfile(claims, where, { name, pictureOrigins: pictures() });
    return {
      uid: standard.uid,
      login: login ? said.login : standard.login,
      displayName: named ? said.displayName : standard.displayName,
      email: email ? said.email : standard.email,
      avatarUrl: said.avatarUrl,
    };
  }

  const revoke = async (token: string, hint: "access_token" | "refresh_token"): Promise<"ended"> => {
    await describe();
    if ((await openid.revoke(token, hint)) === "ended") return "ended";
    throw new ProviderFailure("ours", `${name} has no revocation endpoint`);
  };
  const grantEnd: GrantEnd = {
    takes: "any_token",
    async end({ accessToken, refreshToken }) {
      if (refreshToken !== null) await revoke(refreshToken, "refresh_token");
      // A server that ends one token at a time leaves this one alive for as long as it lasts.
      return revoke(accessToken, "access_token");
    },
  };
  /** Known from the first answer on: a revocation that is tried before learns it, and is tried again. */
  const revokes = () => known === null || known.revocationEndpoint !== null;

  return {
    ...common(options, issuer),
    scopes: {
      asked: entry.scopes,
      signIn: entry.scopes.filter((scope) => identifying.includes(scope)),
      required: entry.required_scopes,
      optional: entry.optional_scopes,
    },

    webOrigins() {
      describeSoon();
      const pages = [issuer, ...(known ? [known.authorizationEndpoint] : [])];
      return { pages: pages.map((url) => new URL(url).origin), pictures: pictures() };
    },

    async authorizeUrl(request) {
      await describe();
      return openid.authorizeUrl(request, entry.authorize_parameters);
    },

    exchange: (request) => openid.exchange(request),

    async identify({ accessToken, claims = {} }) {
      const subject = typeof claims.sub === "string" ? claims.sub : null;
      return profileFrom({ ...claims, ...(await openid.userinfo(accessToken, subject)) });
    },

    async refresh(refreshToken) {
      const pair = await openid.refresh(refreshToken);
      watchRotation(deps, options, { refreshToken, pair });
      return pair;
    },

    async check(accessToken) {
      if (entry.check_url !== undefined) return call.check(entry.check_url, accessToken);
      return aliveUnlessUnauthorized(async () => {
        if ((await openid.userinfo(accessToken, null)) !== null) return;
        throw new ProviderFailure("ours", `${name} has no userinfo endpoint: its entry needs check_url`);
      });
    },

    get grantEnd() {
      return revokes() ? grantEnd : null;
    },

    get endToken() {
      const alone = entry.revocation.ends === "token" && revokes();
      return alone ? (accessToken: string) => revoke(accessToken, "access_token") : null;
    },
  };
}
