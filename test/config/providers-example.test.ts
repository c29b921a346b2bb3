import { readFileSync } from "node:fs";
import octicons from "@primer/octicons/build/data.json" with { type: "json" };
import { expect, test } from "vitest";
import { fieldsOf } from "../../src/config/providers-file/entry.ts";
import { readProviders } from "../../src/config/providers-file/read-providers-file.ts";

const example = readFileSync(new URL("../../docs/providers.example.yaml", import.meta.url), "utf8");
const described = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
const variables = [...example.matchAll(/_env: (\w+)/g)].map(([, name = ""]) => [name, `value of ${name}`]);

function read(text: string) {
  const faults: string[] = [];
  const providers = readProviders(text, Object.fromEntries(variables), (says) => faults.push(says));
  return { faults, providers };
}

test("the entries that the documentation has are whole, each with its row", () => {
  const { faults, providers } = read(example);
  expect(faults).toEqual([]);
  const ids = ["gitlab", "bitbucket", "slack", "entra", "atlassian", "linear", "notion"];
  expect(providers.map(({ id }) => id)).toEqual(ids);
  for (const { id, entry } of providers) {
    expect(described).toContain(`| \`${id}\` | [`);
    expect(Object.keys(octicons)).toContain(entry.icon);
  }
  expect(described).toContain("None was ever run against the real thing");
});

test("the documentation has every field, and its own entry is whole", () => {
  for (const field of new Set([...fieldsOf.oidc, ...fieldsOf.oauth2])) expect(described).toContain(`\`${field}\``);
  const [, entry = ""] = /```yaml\n(.*?)```/s.exec(described) ?? [];
  variables.push(["ACME_CLIENT_ID", "a"], ["ACME_CLIENT_SECRET", "b"]);
  expect(read(entry).faults).toEqual([]);
});
