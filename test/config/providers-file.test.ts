import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FileProvider, readProviders } from "../../src/config/providers-file/read-providers-file.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { faultsOf, needed } from "./environment.ts";

const secrets = { ACME_ID: "acme-id", ACME_SECRET: "acme-secret" };

const oidc = `acme:
  kind: oidc
  name: Acme
  issuer: https://id.acme.example
  client_id_env: ACME_ID
  client_secret_env: ACME_SECRET
  scopes: [openid, profile]
`;
const oauth2 = `acme:
  kind: oauth2
  name: Acme
  authorize_url: https://acme.example/authorize
  token_url: https://acme.example/token
  identity_url: https://api.acme.example/me
  identity:
    uid: id
  client_id_env: ACME_ID
  client_secret_env: ACME_SECRET
`;

function read(text: string, environment: Record<string, string> = secrets) {
  const faults: string[] = [];
  const providers: FileProvider[] = readProviders(text, environment, (says) => faults.push(says));
  return { faults, providers };
}

describe("an entry", () => {
  test("for an OpenID provider needs an issuer, a name and the names of two variables", () => {
    const { faults, providers } = read(oidc);
    expect(faults).toEqual([]);
    expect(providers).toEqual([
      expect.objectContaining({ id: "acme", clientId: "acme-id", clientSecret: "acme-secret" }),
    ]);
    expect(providers[0]?.entry).toMatchObject({
      kind: "oidc",
      pkce: true,
      sign_in: false,
      client_authentication: "basic",
    });
  });

  test("for plain OAuth 2.0 needs its endpoints and where the identity is found", () => {
    const { faults, providers } = read(`${oauth2}  api:\n    hosts: [api.acme.example, "http://127.0.0.1:99"]\n`);
    expect(faults).toEqual([]);
    expect(providers[0]?.entry).toMatchObject({
      kind: "oauth2",
      scope_parameter: "scope",
      token_answer: { access_token: "access_token" },
      api: {
        hosts: ["https://api.acme.example", "http://127.0.0.1:99"],
        headers: { Authorization: "Bearer {token}" },
      },
    });
  });
});

/** Text that is put below the entry's fields, and what is said of it. */
const wrongFields: [string, string, string][] = [
  ["a misspelt field", "requierd_scopes: [openid]", ".requierd_scopes: is no field: perhaps required_scopes is meant."],
  ["a field of nobody's", "colour: red", ".colour: is no field: docs/providers.md lists them."],
  ["a field of the other kind", "token_url: https://acme.example", ".token_url: is a field of kind: oauth2."],
  ["a wrong type", "pkce: maybe", ".pkce: must be true or false."],
  ["a list that is none", "required_scopes: openid", ".required_scopes: must be a list, such as [one, two]."],
  ["a scope with a space", "optional_scopes: [a b]", ".optional_scopes.0: must be a word without spaces or quotes."],
  [
    "required, never asked for",
    "required_scopes: [mail]",
    ".required_scopes: names mail, which scopes does not ask for",
  ],
  ["optional, always asked for", "optional_scopes: [openid]", ".optional_scopes: names openid, which scopes asks for"],
  ["an unknown way to authenticate", "client_authentication: json", ": must be one of: basic, post."],
  [
    "a parameter of our own",
    "authorize_parameters: {state: x}",
    ".authorize_parameters.state: is onbehalf's own to say",
  ],
  ["an address in clear", "settings_url: http://acme.example", ".settings_url: is http:// for a host that is not"],
  ["a password in an address", "settings_url: https://a:hunter2@acme.example", "must have no user name or password"],
  ["no address", "settings_url: acme", ".settings_url: must be an address with https://."],
  ["an icon of nobody's", "icon: A rocket", ".icon: must be an octicon's name"],
  ["a line break in a name", 'name2: "a\\nb"', ".name2: is no field: perhaps name is meant."],
  ["an API without hosts", "api: {hosts: []}", ".api.hosts: must not be empty."],
  ["a host with a path", "api: {hosts: [acme.example/v1]}", ".api.hosts.0: must be a host such as api.example.com"],
  ["a host for all", 'api: {hosts: ["*.acme.example"]}', ".api.hosts.0: must be a host"],
  ["a host with a user", "api: {hosts: [me@acme.example]}", ".api.hosts.0: must be a host"],
  ["a host in clear", 'api: {hosts: ["http://acme.example"]}', ".api.hosts.0: is http:// for a host that is not"],
  [
    "a cookie",
    'api: {hosts: [a.example], headers: {Cookie: "{token}"}}',
    ".headers.Cookie: is a header of the connection",
  ],
  [
    "hop by hop",
    'api: {hosts: [a.example], headers: {A: "{token}", TE: x}}',
    ".headers.TE: is a header of the connection",
  ],
  [
    "no place for the token",
    "api: {hosts: [a.example], headers: {A: b}}",
    ".api.headers: must have {token} in exactly",
  ],
  [
    "a line break in a header",
    'api: {hosts: [a.example], headers: {A: "{token}\\r\\nB: c"}}',
    "one line of printable ASCII",
  ],
  ["a header twice", 'api: {hosts: [a.example], headers: {A: "{token}", a: b}}', ".api.headers.a: is there twice."],
  ["a path that is none", "identity: {login: a..b}", ".identity.login: must be names with dots between them"],
];

describe("faults name line and field", () => {
  test.each(wrongFields)("%s: %s", (_what, field, says) => {
    const { faults, providers } = read(`# a comment\n${oidc}  ${field}\n`);
    expect(providers).toEqual([]);
    expect(faults).toEqual([expect.stringContaining(says)]);
    expect(faults[0]).toMatch(/^, line 9, acme\./);
  });

  test.each([
    ["kind", oidc.replace("kind: oidc", "kind: saml"), "line 2, acme.kind: must be oidc"],
    ["no kind", oidc.replace("  kind: oidc\n", ""), "line 1, acme.kind: must be oidc"],
    ["no issuer", oidc.replace(/ {2}issuer.*\n/, ""), "line 1, acme.issuer: is missing."],
    ["openid", oidc.replace("[openid, profile]", "[profile]"), "line 7, acme.scopes: must hold openid"],
    ["no identity_url", oauth2.replace(/ {2}identity_url.*\n/, ""), "acme.identity_url: is missing: give it, or say"],
    ["both", oauth2.replace("uid: id", "uid: id\n    from: token"), "line 6, acme.identity_url: is never asked with"],
    ["no uid", oauth2.replace("uid: id", "login: id"), "line 7, acme.identity.uid: is missing."],
    ["no check_url", oauth2.replace("uid: id", "uid: id\n    from: token"), "line 1, acme.check_url: is missing: with"],
    ["uid", oauth2.replace("uid: id", "uid: {a: b}"), "line 8, acme.identity.uid: must be names with dots between"],
    [
      "credentials twice",
      `${oauth2}  request_headers: {authorization: x}\n`,
      "authorization: is onbehalf's own to say",
    ],
    ["revocation", `${oauth2}  revocation: {authentication: bearer}\n`, "line 11, acme.revocation.url: is missing."],
    [
      "a form with JSON",
      `${oauth2}  client_authentication: json\n  token_body: form\n`,
      "line 12, acme.token_body: must",
    ],
    ["a list", "- acme\n", "line 1: must have an entry for each provider"],
    ["nothing", "# later\n", "line 1: must have an entry for each provider"],
    ["no fields", "acme: true\n", "line 1, acme: must have fields of its own"],
    ["an id of our own", oidc.replace("acme:", "google:"), "line 1, google: is the id of a provider that onbehalf has"],
    ["an id that is none", oidc.replace("acme:", "Acme Inc:"), "line 1, Acme Inc: is no id: give 1 to 63 of a-z 0-9 -"],
    ["an id twice", `${oidc}acme:\n  kind: oidc\n`, "line 8: is not YAML as it should be (a name is there twice)"],
    ["bad indentation", `${oidc} name: x\n`, "line 8: is not YAML as it should be"],
    ["a tag", oidc.replace("Acme", "!!js/function Acme"), "line 3: is not YAML as it should be"],
  ])("%s", (_what, text, says) => {
    const { faults } = read(text);
    expect(faults.join("\n")).toContain(says);
  });

  test("all at once, of every entry", () => {
    const { faults } = read(
      `${oidc.replace("issuer: https", "issuer: http").replace("ACME_ID", "MISSING")}  rotaton: true\n${oauth2.replace("acme:", "other:").replace("kind: oauth2", "kind: oauth3")}`,
    );
    expect(faults).toEqual([
      expect.stringMatching(/^, line 4, acme\.issuer: is http:/),
      expect.stringMatching(/^, line 8, acme\.rotaton: is no field: perhaps rotation is meant\./),
      ", line 5, acme.client_id_env: names MISSING, which is not in the environment.",
      expect.stringMatching(/^, line 10, other\.kind: must be/),
    ]);
  });
});

describe("secrets", () => {
  test("are refused in the file, with the way that they come", () => {
    const { faults } = read(`${oidc}  client_secret: hunter2\n  client_id: acme\n`);
    expect(faults).toEqual([
      ", line 8, acme.client_secret: is not taken: secrets stay out of this file; put it into a variable, and the variable's name into client_secret_env.",
      expect.stringContaining("line 9, acme.client_id: is not taken"),
    ]);
  });

  test.each([
    ["in the place of a variable's name", oidc.replace("ACME_SECRET", "hunter2")],
    ["below a field of another type", `${oidc}  pkce: hunter2\n`],
    ["in a broken line", `${oidc}  a: b: hunter2\n`],
    ["in quotes that never end", `${oidc}  a: "hunter2\n`],
    ["behind a tag", `${oidc}  a: !hunter2 b\n`],
    ["as an alias", `${oidc}  a: *hunter2\n`],
  ])("are not repeated when they stand %s", (_where, text) => {
    const { faults } = read(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.join()).not.toContain("hunter2");
  });
});

test("a file can't make more of itself than it is", () => {
  expect(read(`${oidc.replace("acme:", "acme: &acme")}other: *acme\n`).faults).toEqual([
    ", line 8: has an alias (* and a name): write out what it stands for.",
  ]);
  expect(read(`#${"x".repeat(300_000)}`).faults).toEqual([" has more than 256 KB."]);
});

describe("PROVIDERS_FILE", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "onbehalf-providers-"));
    await writeFile(join(folder, "providers.yaml"), oidc);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("is read with the rest of the environment, and its faults stand beside the others'", () => {
    const file = join(folder, "providers.yaml");
    expect(readConfig(needed).fileProviders).toEqual([]);
    expect(readConfig({ ...needed, ...secrets, PROVIDERS_FILE: file }).fileProviders).toHaveLength(1);
    expect(faultsOf({ PROVIDERS_FILE: file, PORT: "x", ACME_ID: "a" })).toEqual([
      expect.stringContaining("PORT"),
      `PROVIDERS_FILE ${file}, line 6, acme.client_secret_env: names ACME_SECRET, which is not in the environment.`,
    ]);
    expect(faultsOf({ PROVIDERS_FILE: join(folder, "none.yaml") })).toEqual([
      expect.stringMatching(/^PROVIDERS_FILE names ".*none.yaml", which can't be read\.$/),
    ]);
  });
});
