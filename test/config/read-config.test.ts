import { describe, expect, test } from "vitest";
import { ConfigError, type Environment, readConfig, readStorageConfig } from "../../src/config/read-config.ts";
import { faultsOf, needed, pem } from "./environment.ts";

test("with what is needed everything else has its default", () => {
  expect(readConfig(needed)).toEqual({
    publicUrl: "http://127.0.0.1:3000",
    amocrm: null,
    returnToOrigins: [],
    fileProviders: [],
    metricsToken: null,
    auditSink: null,
    retention: { auditDays: 0, deliveriesDays: 7, syncsDays: 90 },
    host: "127.0.0.1",
    port: 3000,
    logLevel: "info",
    trustProxy: [],
    webhookProxyUrl: null,
    databaseUrl: null,
    dataDir: "data",
    encryptionKeys: [{ id: expect.stringMatching(/^k/), bytes: expect.any(Buffer) }],
    adminUsers: [],
    signIn: { kind: "closed" },
    userTokensEnabled: true,
    syncMaxMb: 10_240,
    botKeysOnLookAlike: false,
    githubLite: null,
    google: null,
    github: {
      provider: "github",
      appId: 12_345,
      privateKey: pem,
      webhookSecret: "a secret for deliveries",
      clientId: "Iv23li0000000000",
      clientSecret: "a secret for codes",
      webUrl: "https://github.com",
      apiUrl: "https://api.github.com",
    },
    events: null,
  });
});

test("each variable is read", () => {
  const config = readConfig({
    ...needed,
    PUBLIC_URL: "https://onbehalf.example.com/",
    HOST: "0.0.0.0",
    PORT: "8080",
    LOG_LEVEL: "warn",
    TRUST_PROXY: "10.0.0.0/8, ::1 loopback",
    WEBHOOK_PROXY_URL: "https://smee.io/abc",
    DATABASE_URL: "postgresql://a:b@db.example.com/onbehalf",
    DATA_DIR: "/var/lib/onbehalf",
    ADMIN_USERS: "gh.583231,ext.a%2Fb",
    SIGN_IN: "org:acme",
    ENABLE_GITHUB_USER_TOKENS: "false",
    GITHUB_URL: "https://github.acme.example/",
    GITHUB_API_URL: "https://github.acme.example/api/v3/",
  });
  expect(config).toMatchObject({
    publicUrl: "https://onbehalf.example.com",
    host: "0.0.0.0",
    port: 8080,
    logLevel: "warn",
    trustProxy: ["10.0.0.0/8", "::1", "loopback"],
    webhookProxyUrl: "https://smee.io/abc",
    databaseUrl: "postgresql://a:b@db.example.com/onbehalf",
    dataDir: "/var/lib/onbehalf",
    adminUsers: ["gh.583231", "ext.a%2Fb"],
    signIn: { kind: "org", name: "acme" },
    userTokensEnabled: false,
    github: { webUrl: "https://github.acme.example", apiUrl: "https://github.acme.example/api/v3" },
  });
});

test("an empty variable counts as none", () => {
  const names = [
    ...["PUBLIC_URL", "HOST", "PORT", "LOG_LEVEL", "TRUST_PROXY", "DATABASE_URL", "DATA_DIR", "ADMIN_USERS"],
    ...["SIGN_IN", "ENABLE_GITHUB_USER_TOKENS", "GITHUB_URL", "GITHUB_API_URL", "WEBHOOK_PROXY_URL"],
  ];
  const empty = Object.fromEntries(names.map((name) => [name, ""]));
  expect(readConfig({ ...needed, ...empty })).toEqual(readConfig(needed));
});

test("an empty environment is told every variable that it lacks, at once, each with its repair", () => {
  const faults = faultsOf({}, {});
  for (const name of Object.keys(needed)) {
    expect(faults.filter((fault) => fault.startsWith(`${name} `))).toHaveLength(1);
  }
  expect(faults).toHaveLength(6);
  for (const fault of faults) expect(fault).toMatch(/is missing: .+\.$/);
});

test("every fault is reported at once, however many there are", () => {
  const wrong: Environment = {
    PUBLIC_URL: "http://onbehalf.example.com",
    PORT: "http",
    LOG_LEVEL: "loud",
    TRUST_PROXY: "true",
    WEBHOOK_PROXY_URL: "smee.io/abc",
    DATABASE_URL: "mysql://db.example.com/onbehalf",
    ADMIN_USERS: "ada",
    SIGN_IN: "everybody",
    ENABLE_GITHUB_USER_TOKENS: "yes",
    GITHUB_URL: "github.com",
    GITHUB_API_URL: "http://api.github.com",
    APP_ID: "onbehalf",
    PRIVATE_KEY: "none",
    WEBHOOK_SECRET: " ",
    GITHUB_CLIENT_ID: "",
    GITHUB_CLIENT_SECRET: undefined,
    ENCRYPTION_KEYS: "k1",
  };
  const faults = faultsOf(wrong);
  for (const name of Object.keys(wrong)) {
    expect(faults.filter((fault) => new RegExp(`^${name}[ :]`).test(fault))).toHaveLength(1);
  }
  expect(faults).toHaveLength(Object.keys(wrong).length);
  const { message } = new ConfigError(faults);
  expect(message).toContain(`has ${faults.length} faults:\n- `);
});

describe("addresses", () => {
  test.each(["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000", "http://127.8.9.1"])(
    "PUBLIC_URL may be %s, which never leaves the machine",
    (address) => expect(readConfig({ ...needed, PUBLIC_URL: address }).publicUrl).toBe(address),
  );

  test.each([
    ["http://onbehalf.example.com", "use https://"],
    ["http://127.0.0.1.example.com", "use https://"],
    ["http://10.0.0.1:3000", "use https://"],
    ["http://0.0.0.0:3000", "use https://"],
    ["https://example.com/onbehalf", "has a path"],
    ["https://example.com/?a=b", "not an address"],
    ["https://example.com/#a", "not an address"],
    ["https://a:b@example.com", "not an address"],
    ["ftp://example.com", "not an address"],
    ["onbehalf.example.com", "not an address"],
  ])("PUBLIC_URL may not be %s", (address, why) => {
    expect(faultsOf({ PUBLIC_URL: address })).toEqual([expect.stringMatching(new RegExp(`^PUBLIC_URL .*${why}`))]);
  });

  test.each(["GITHUB_URL", "GITHUB_API_URL", "WEBHOOK_PROXY_URL"])("%s carries secrets: https, or loopback", (name) => {
    expect(faultsOf({ [name]: "http://127.0.0.1:4400/api/v3" })).toEqual([]);
    expect(faultsOf({ [name]: "https://github.acme.example/api/v3" })).toEqual([]);
    expect(faultsOf({ [name]: "http://github.acme.example" })).toEqual([expect.stringMatching(`^${name} is http://`)]);
    expect(faultsOf({ [name]: "github.acme.example" })).toEqual([expect.stringMatching(`^${name} is not`)]);
  });

  test.each([
    ["https://github.com", "https://api.github.com"],
    ["https://acme.ghe.com", "https://api.acme.ghe.com"],
    ["https://github.acme.example", "https://github.acme.example/api/v3"],
  ])("the API of %s is %s, unless it is named", (web, api) => {
    expect(readConfig({ ...needed, GITHUB_URL: web }).github).toMatchObject({ webUrl: web, apiUrl: api });
  });

  test.each(["postgres://a@b/c", "postgresql://127.0.0.1:5432/x"])("DATABASE_URL may be %s", (address) => {
    expect(faultsOf({ DATABASE_URL: address })).toEqual([]);
  });

  test.each(["db.example.com", "mysql://a:secret@b/c", "a:secret@b"])("DATABASE_URL may not be %s", (address) => {
    const faults = faultsOf({ DATABASE_URL: address });
    expect(faults).toEqual([expect.stringContaining("DATABASE_URL is not an address")]);
    expect(faults.join()).not.toContain("secret");
  });
});

test.each(["10.0.0.2", "10.0.0.0/8", "::1", "fd00::/8", "loopback", "uniquelocal,linklocal", "127.0.0.1 ::1"])(
  "TRUST_PROXY may be %s",
  (proxies) => expect(faultsOf({ TRUST_PROXY: proxies })).toEqual([]),
);

test.each(["true", "1", "*", "10.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/8/8", "10.0.0.0/", "proxy.example.com"])(
  "TRUST_PROXY may not be %s: whose X-Forwarded-For counts must be named",
  (proxies) => expect(faultsOf({ TRUST_PROXY: proxies })).toEqual([expect.stringContaining(`TRUST_PROXY holds "`)]),
);

test.each(["0", "-1", "1.5", "12e3", "NaN", "onbehalf", "1234567890123456"])("APP_ID may not be %s", (id) => {
  expect(faultsOf({ APP_ID: id })).toEqual([expect.stringContaining(`APP_ID is "${id}"`)]);
});

test.each([
  ["PORT", ["65536", "-1", "80a", "3000.5"]],
  ["LOG_LEVEL", ["loud", "INFO"]],
  ["SIGN_IN", ["everybody", "org:", "org:a b", "org:-a", "org:a/b", "Open"]],
  ["ENABLE_GITHUB_USER_TOKENS", ["yes", "1", "TRUE"]],
  ["ADMIN_USERS", ["ada", "@ada", "gh.ada", "gh.0", "gh.", "ext.", "ext.100%"]],
])("%s is checked", (name, values) => {
  for (const value of values) {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} .*: (use|give) `))]);
  }
});

test("where the data lives can be known without anything else", () => {
  expect(readStorageConfig({})).toEqual({ databaseUrl: null, dataDir: "data" });
  expect(readStorageConfig({ DATABASE_URL: "", DATA_DIR: "/d" })).toEqual({ databaseUrl: null, dataDir: "/d" });
});

describe("the lite App", () => {
  const lite: Environment = {
    GITHUB_LITE_APP_ID: "67890",
    GITHUB_LITE_PRIVATE_KEY: pem,
    GITHUB_LITE_WEBHOOK_SECRET: "another secret for deliveries",
    GITHUB_LITE_CLIENT_ID: "Iv23li1111111111",
    GITHUB_LITE_CLIENT_SECRET: "another secret for codes",
  };

  test("has its own credentials, and lives on the standard one's GitHub", () => {
    const config = readConfig({ ...needed, ...lite, GITHUB_URL: "https://github.acme.example" });
    expect(config.githubLite).toEqual({
      provider: "github-lite",
      appId: 67_890,
      privateKey: pem,
      webhookSecret: "another secret for deliveries",
      clientId: "Iv23li1111111111",
      clientSecret: "another secret for codes",
      webUrl: "https://github.acme.example",
      apiUrl: "https://github.acme.example/api/v3",
    });
    expect(config.github).toMatchObject({ appId: 12_345, webhookSecret: "a secret for deliveries" });
  });

  test("is told what it lacks once any part of it is given", () => {
    const names = Object.keys(lite);
    for (const given of names) {
      const faults = faultsOf({ [given]: lite[given] });
      const missing = names.filter((name) => name !== given);
      expect(faults.map((fault) => fault.split(" ")[0])).toEqual(missing);
      for (const fault of faults) expect(fault).toMatch(/ missing: .+\.$/);
    }
  });

  test("must be another App than the standard one", () => {
    const another = [expect.stringMatching(/^GITHUB_LITE_APP_ID .* register another App\.$/)];
    expect(faultsOf({ ...lite, GITHUB_LITE_APP_ID: "12345" })).toEqual(another);
    expect(faultsOf({ ...lite, GITHUB_LITE_CLIENT_ID: "Iv23li0000000000" })).toEqual(another);
    expect(faultsOf({ ...lite, GITHUB_LITE_APP_ID: "x1" })).toEqual([
      'GITHUB_LITE_APP_ID is "x1": give the App\'s number.',
    ]);
  });
});

test("origins that connect links may lead back to are taken whole", () => {
  const given = "https://app.example.com, http://127.0.0.1:8080/ http://[::1]:1";
  const origins = ["https://app.example.com", "http://127.0.0.1:8080", "http://[::1]:1"];
  expect(readConfig({ ...needed, RETURN_TO_ORIGINS: given }).returnToOrigins).toEqual(origins);
});

test.each([
  "app.example.com",
  "*",
  "https://*.example.com",
  "https://app.example.com/path",
  "https://app.example.com?x",
  "https://me@app.example.com",
  "http://app.example.com",
  "ftp://app.example.com",
  "javascript:alert(1)",
  "null",
])("%j is no origin to lead back to", (entry) => {
  expect(faultsOf({ RETURN_TO_ORIGINS: `https://ok.example.com,${entry}` })).toEqual([
    expect.stringContaining(`RETURN_TO_ORIGINS holds "${entry}"`),
  ]);
});
