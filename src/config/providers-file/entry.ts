import { z } from "zod";
import {
  address,
  apiHeaders,
  apiHost,
  authorizeParameters,
  line,
  path,
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
  rotation: z.boolean().default(true),
  authorize_parameters: authorizeParameters,
  sign_in: z.boolean().default(false),
  settings_url: address.optional(),
  revocation_url: address.optional(),
  api: z
    .strictObject({
      hosts: z.array(apiHost).min(1, "must name a host").max(50),
      headers: apiHeaders.default(bearer),
    })
    .optional(),
};

/** Where in an answer something is found. */
const answerPaths = z.strictObject({
  access_token: path.default("access_token"),
  refresh_token: path.default("refresh_token"),
  expires_in: path.default("expires_in"),
  refresh_expires_in: path.default("refresh_token_expires_in"),
  scope: path.default("scope"),
});
export type AnswerPaths = z.output<typeof answerPaths>;

const oidc = z.strictObject({
  kind: z.literal("oidc"),
  ...common,
  issuer: address,
  client_authentication: z.enum(["basic", "post"]).default("basic"),
  /** The subject is the identity, whatever is said here (OpenID Connect Core, 5.7). */
  identity: z
    .strictObject({
      login: path.default("preferred_username"),
      name: path.default("name"),
      email: path.default("email"),
      avatar: path.default("picture"),
    })
    .prefault({}),
});

const oauth2 = z.strictObject({
  kind: z.literal("oauth2"),
  ...common,
  authorize_url: address,
  token_url: address,
  identity_url: address.optional(),
  /** Sent as JSON with POST; without it the identity is asked for with GET. */
  identity_body: z.record(z.string(), z.json()).optional(),
  identity: z.strictObject({
    from: z.enum(["url", "token"]).default("url"),
    uid: path,
    login: path.optional(),
    name: path.optional(),
    email: path.optional(),
    avatar: path.optional(),
  }),
  /** Where a dead token is told from a live one; else at `identity_url`. */
  check_url: address.optional(),
  client_authentication: z.enum(["basic", "post", "json"]).default("basic"),
  token_body: z.enum(["form", "json"]).optional(),
  scope_parameter: token.default("scope"),
  scope_separator: z.string().min(1).max(3).default(" "),
  token_answer: answerPaths.prefault({}),
  /** For servers that answer a refresh in another shape. */
  refresh_answer: answerPaths.optional(),
  revocation_style: z.enum(["form", "json", "bearer"]).default("form"),
  /** Error codes of the provider's own, beside those of RFC 6749, 5.2. */
  errors: z.strictObject({ refused: z.array(token).default([]), ours: z.array(token).default([]) }).prefault({}),
});

/** One provider of the file, as it is written there. */
export const entrySchema = z.discriminatedUnion("kind", [oidc, oauth2]);
export type Entry = z.output<typeof entrySchema>;
export type OidcEntry = z.output<typeof oidc>;
export type Oauth2Entry = z.output<typeof oauth2>;

export const fieldsOf = { oidc: Object.keys(oidc.shape), oauth2: Object.keys(oauth2.shape) };
