import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { type Environment, readConfig } from "../src/config/read-config.ts";
import { needed as required } from "./config/environment.ts";

const example = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
const lines = example.split("\n").filter((line) => line !== "" && !line.startsWith("# "));

/** The variables that the configuration asks for: when it finds none of them, and when it finds what is required. */
function variablesRead(): string[] {
  const asked = new Set<string>();
  const watched = (environment: Environment) =>
    new Proxy(environment, {
      get(target, name) {
        asked.add(String(name));
        return Reflect.get(target, name);
      },
    });
  expect(() => readConfig(watched({}))).toThrow("The configuration has");
  readConfig(watched({ ...required }));
  return [...asked].sort();
}

describe(".env.example", () => {
  test("has every variable that the configuration reads, on one line with its comment, and no other", () => {
    const names = lines.map((line) => /^#?([A-Z_]+)=\S* # \S/.exec(line)?.[1] ?? line);
    expect(names.sort()).toEqual(variablesRead());
  });

  test("starts onbehalf once what is required is filled in, with every value shown being the default", () => {
    const { PRIVATE_KEY_PATH, ...shown } = parseEnv(example.replaceAll(/^#(?=[A-Z])/gm, ""));
    expect(PRIVATE_KEY_PATH).toBe("");
    expect(readConfig({ ...shown, ...required })).toEqual(readConfig(required));
    expect(readConfig({ ...parseEnv(example), ...required })).toEqual(readConfig(required));
  });
});
