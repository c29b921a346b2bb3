import { createCallWithToken } from "../../../src/providers/call-with-token.ts";
import { readProfile } from "../../../src/providers/found-profile.ts";
import { createOauth2, noOwnErrors } from "../../../src/providers/oauth2.ts";
import { createRevocation } from "../../../src/providers/oauth2-revocation.ts";
import type { Provider } from "../../../src/providers/provider.ts";

export interface NotesOptions {
  clientId: string;
  clientSecret: string;
  /** Serves pages, OAuth and the API. */
  webUrl: string;
}

/** Notes: OAuth 2.0 with PKCE, and refresh tokens that rotate. */
export function createNotes(deps: { fetch: typeof globalThis.fetch }, options: NotesOptions): Provider {
  const { webUrl } = options;
  const name = "Notes";
  const errors = noOwnErrors;
  const headers = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
  const oauth2 = createOauth2(deps, {
    ...options,
    name,
    authorizeUrl: `${webUrl}/authorize`,
    tokenUrl: `${webUrl}/oauth/token`,
  });
  const call = createCallWithToken(deps, { name, headers, errors });
  const whoami = `${webUrl}/userinfo`;

  return {
    id: "notes",
    name,
    icon: "note",
    settingsUrl: `${webUrl}/settings/applications`,
    signIn: false,
    scopes: { asked: ["openid", "profile", "notes:read", "notes:write"], required: ["notes:write"], optional: [] },
    disconnectWarning: null,
    backgroundRefreshesPerMinute: 30,
    api: { origins: () => [webUrl], headers },
    hooks: [],
    webOrigins: () => ({ pages: [webUrl], pictures: [webUrl] }),

    authorizeUrl: async (request) => oauth2.authorizeUrl(request),

    exchange: async (request) => (await oauth2.exchange(request)).pair,

    async identify({ accessToken }) {
      const paths = { uid: ["sub"], name: "name", avatar: "picture" };
      return readProfile(await call.ask(whoami, accessToken), paths, { name, pictureOrigins: [webUrl] });
    },

    refresh: (refreshToken) => oauth2.refresh(refreshToken),

    check: (accessToken) => call.check(whoami, accessToken),

    // A token that is revoked goes alone here, so one that nobody keeps can be ended, too.
    ...createRevocation(deps, oauth2, {
      name,
      url: `${webUrl}/oauth/revoke`,
      authentication: "client",
      token: "refresh_token",
      ends: "token",
      headers: {},
      errors,
    }),
  };
}
