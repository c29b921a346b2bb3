import { describe, expect, test } from "vitest";
import { accountHosts } from "../../src/providers/amocrm-hosts.ts";

/** What a callback's `referer` could be, besides an account's host. */
const hostile = [
  "",
  "amocrm.ru",
  "www.amocrm.ru",
  "evil.com",
  "evilamocrm.ru",
  "example.evilamocrm.ru",
  "example.amocrm.ru.evil.com",
  "amocrm.ru.evil.com",
  "example.amocrm.ru@evil.com",
  "evil.com@example.amocrm.ru",
  "user:pass@example.amocrm.ru",
  "example.amocrm.ru:8443",
  "example.amocrm.ru:443",
  "example.amocrm.ru.",
  "example.amocrm.ru/",
  "example.amocrm.ru/../evil",
  "example.amocrm.ru?x=",
  "example.amocrm.ru#x",
  "example.amocrm.ru\\evil.com",
  "https://example.amocrm.ru",
  "//evil.com",
  "a.b.amocrm.ru",
  ".amocrm.ru",
  "-a.amocrm.ru",
  "a-.amocrm.ru",
  "EXAMPLE.amocrm.ru",
  "example.AMOCRM.ru",
  "xn--e1afmkfd.amocrm.ru",
  "пример.amocrm.ru",
  "example.amocrm.ｒｕ",
  "example。amocrm.ru",
  "exam\u0131ple.amocrm.ru",
  "example.amocrm.ru\n",
  "\nexample.amocrm.ru",
  "evil.com\nexample.amocrm.ru",
  "example.amocrm.ru\u0000",
  "example.amocrm.ru ",
  "example.amocrm.ru%00.evil.com",
  "example%2eamocrm.ru",
  "127.0.0.1",
  "[::1]",
  "2130706433",
  "169.254.169.254",
  "localhost",
  "example.localhost",
  "example.localhost:3000",
  "example.amocrm.localhost",
  `${"a".repeat(64)}.amocrm.ru`,
];

describe("15 a token, a code or our secret goes to", () => {
  const hosts = accountHosts("https://www.amocrm.ru");

  test.each(["example.amocrm.ru", "a.amocrm.com", "my-shop-2.kommo.com", "api-b.amocrm.ru"])("%s", (host) => {
    expect(hosts.allows(host)).toBe(true);
    expect(new URL(hosts.originOf(host)).href).toBe(`https://${host}/`);
  });

  test.each(hostile)("no host such as %j", (host) => {
    expect(hosts.allows(host)).toBe(false);
  });

  test("names of this machine alone, where amoCRM itself is said to be here", () => {
    const here = accountHosts("http://127.0.0.1:4500");
    expect(here.allows("example.localhost:4500")).toBe(true);
    const others = ["example.localhost:4501", "example.localhost", "example.localhost:45000", "example.amocrm.ru"];
    for (const host of [...hostile, ...others]) expect(here.allows(host), host).toBe(false);
    expect(() => accountHosts("http://amocrm.example:4500")).toThrow("not this machine");
  });
});
