import { expect, test } from "vitest";
import { readAmocrmConfig } from "../../src/config/amocrm-config.ts";

function read(env: Record<string, string>) {
  const faults: string[] = [];
  return { config: readAmocrmConfig(env, (fault) => void faults.push(fault)), faults };
}

const both = { AMOCRM_CLIENT_ID: "id", AMOCRM_CLIENT_SECRET: "secret" };

test("amoCRM is off without its variables, and half of them is a fault that names the other half", () => {
  expect(read({})).toEqual({ config: null, faults: [] });
  expect(read(both).config).toEqual({ clientId: "id", clientSecret: "secret", webUrl: "https://www.amocrm.ru" });
  expect(read({ AMOCRM_CLIENT_ID: "id" }).faults).toEqual([expect.stringContaining("AMOCRM_CLIENT_SECRET is missing")]);
  expect(read({ AMOCRM_CLIENT_SECRET: "s" }).faults).toEqual([expect.stringContaining("AMOCRM_CLIENT_ID is missing")]);
});

test("people authorize at the vendor's own addresses, or on this machine", () => {
  expect(read({ ...both, AMOCRM_URL: "https://www.kommo.com/" })).toMatchObject({
    config: { webUrl: "https://www.kommo.com" },
    faults: [],
  });
  expect(read({ ...both, AMOCRM_URL: "http://127.0.0.1:4500" }).faults).toEqual([]);
  for (const wrong of ["https://amocrm.example", "http://amocrm.example", "https://www.amocrm.ru/x", "amocrm.ru"]) {
    expect(read({ ...both, AMOCRM_URL: wrong }).faults).toEqual([expect.stringMatching(/^AMOCRM_URL /)]);
  }
});
