import { z } from "zod";
import {
  address,
  apiHeaders,
  apiHost,
  authorizeParameters,
  line,
  path,
  requestHeaders,
  scopes,
  token,
  variable,
} from "./field-kinds.ts";

/** Ids that stand in addresses and tables, and are no provider's of our own. */
export const entryId = /^[a-z0-9-]{1,63}$/;
export const builtIn = ["github", "github-lite", "google", "amocrm"];

const bearer = { Authorization: "Bearer {token}" };

const common = {
  name: line,
  icon: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,60}$/, "must be an octicon's name, such as rocket")
    .default("link"),
  client_id_env: variable,
  client_secret_env: variable,
  scopes,
  required_scopes: scopes,
  optional_scopes: scopes,
  pkce: z.boolean().default(true),
  /** Whether each refresh brings a new refresh token. Said, it is watched; unsaid, whatever comes is taken. */
  rotation: z.boolean().optional(),
  authorize_parameters: authorizeParameters,
  sign_in: z.boolean().default(false),
  settings_url: address.optional(),
  /** Where a dead token is told from a live one; else where the identity is asked for. */
  check_url: address.optional(),
  /** Beside the provider's own pages; a picture from anywhere else isn't shown. */
  picture_hosts: z.array(apiHost).max(20).default([]),
  api: z
    .strictObject({
      hosts: z.array(apiHost).min(1, "must name a host").max(50),
      headers: apiHeaders.default(bearer),
      /** Its GET changes things, too, so that reading can't be told from writing. */
      writes_by_get: z.boolean().default(false),
    })
    .optional(),
};

const codes = z.array(token).max(50).default([]);

/** Where in an answer something is found. */
const answerPaths = z.strictObject({
  access_token: path.default("access_token"),
  refresh_token: path.default("refresh_token"),
  expires_in: path.default("expires_in"),
  refresh_expires_in: path.default("refresh_token_expires_in"),
  scope: path.default("scope"),
});
export type AnswerPaths = z.output<typeof answerPaths>;

/**
 * What goes with a revoked token: that authorization alone, or all that the person ever gave to this client. With `grant`
 * a token that nobody keeps is left to expire, since ending it would take the rightful holder's along.
 */
const ends = z.enum(["grant", "token"]).default("grant");

const oidc = z.strictObject({
  kind: z.literal("oidc"),
  ...common,
  issuer: address,
  client_authentication: z.enum(["basic", "post"]).default("basic"),
  revocation: z.strictObject({ ends }).prefault({}),
  /** Other claims than the standard ones; the subject is the identity, whatever is said here (OpenID Connect Core, 5.7). */
  identity: z
    .strictObject({
      login: path.optional(),
      name: path.optional(),
      email: path.optional(),
      avatar: path.optional(),
    })
    .prefault({}),
});

const oauth2 = z.strictObject({
  kind: z.literal("oauth2"),
  ...common,
  /** What `iss` in a callback must be, where there is one (RFC 9207). */
  issuer: address.optional(),
  authorize_url: address,
  token_url: address,
  identity_url: address.optional(),
  /** Sent as JSON with POST; without it the identity is asked for with GET. */
  identity_body: z.record(z.string(), z.json()).optional(),
  identity: z.strictObject({
    from: z.enum(["url", "token"]).default("url"),
    /** Several are joined with a colon, where a person is known within an organisation only. */
    uid: z.union([path, z.array(path).min(1).max(5)]).transform((given) => [given].flat()),
    login: path.optional(),
    name: path.optional(),
    email: path.optional(),
    avatar: path.optional(),
  }),
  client_authentication: z.enum(["basic", "post", "json"]).default("basic"),
  token_body: z.enum(["form", "json"]).optional(),
  scope_parameter: token.default("scope"),
  scope_separator: z.string().min(1).max(3).default(" "),
  token_answer: answerPaths.prefault({}),
  /** For servers that answer a refresh in another shape. */
  refresh_answer: answerPaths.optional(),
  revocation: z
    .strictObject({
      url: address,
      /** `client` sends the token with the client's credentials (RFC 7009); `bearer` shows it, and sends nothing. */
      authentication: z.enum(["client", "bearer"]).default("client"),
      token: z.enum(["refresh_token", "access_token"]).optional(),
      ends,
    })
    .optional(),
  /** Sent with every request to the endpoints above. */
  request_headers: requestHeaders,
  /** Error codes of the provider's own, beside those of RFC 6749, 5.2. */
  errors: z.strictObject({ refused: codes, ours: codes, unauthorized: codes }).prefault({}),
});

/** One provider of the file, as it is written there. */
export const entrySchema = z.discriminatedUnion("kind", [oidc, oauth2]);
export type Entry = z.output<typeof entrySchema>;
export type OidcEntry = z.output<typeof oidc>;
export type Oauth2Entry = z.output<typeof oauth2>;

export const fieldsOf = { oidc: Object.keys(oidc.shape), oauth2: Object.keys(oauth2.shape) };
