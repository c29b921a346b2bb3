import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** What every layer may use, and what uses nothing but each other. */
const leaves = ["config", "errors.ts", "grant.ts", "log.ts", "metrics", "redact.ts", "request-ids.ts"];

/** What each file or folder of src/ may import besides its own files and the leaves. A new one says here where it belongs. */
const layers: Record<string, string[]> = {
  "main.ts": ["start.ts", "start-setup.ts", "http", "cli", "store"],
  "start-setup.ts": ["http", "actions"],
  "start.ts": ["server.ts", "services.ts", "webhooks", "jobs", "providers", "store"],
  "receivers.ts": ["app.ts", "actions"],
  "services.ts": ["receivers.ts", "http", "webhooks", "actions", "github", "providers", "store", "git", "crypto"],
  "server.ts": ["http", "webhooks", "views"],
  "app.ts": ["actions"],
  http: ["actions", "github", "providers", "store", "git", "views"],
  webhooks: ["actions", "providers", "store"],
  jobs: ["actions", "store"],
  cli: ["client", "actions", "store", "crypto"],
  actions: ["github", "providers", "store", "git", "crypto"],
  github: ["providers"],
  git: [],
  providers: [],
  store: ["crypto"],
  crypto: [],
  client: [],
  views: [],
  ...Object.fromEntries(leaves.map((leaf) => [leaf, []])),
};

const root = fileURLToPath(new URL("..", import.meta.url));

interface Source {
  /** Relative to the repository. */
  file: string;
  text: string;
  /** Files of ours, relative to the repository. */
  imports: string[];
  packages: string[];
}

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const path = join(root, folder, name);
      const text = readFileSync(path, "utf8");
      const named = [
        ...text.matchAll(
          /^(?:import|export)\b(?:[^;"]*? from)? "([^"]+)"(?: with \{[^}]*\})?;$|\bimport\("([^"]+)"\)/gm,
        ),
      ].map(([, from, dynamic]) => from ?? dynamic ?? "");
      return {
        file: relative(root, path),
        text,
        imports: named.filter((from) => from.startsWith(".")).map((from) => relative(root, join(dirname(path), from))),
        packages: named.filter((from) => !from.startsWith(".")),
      };
    });
}

const sources = sourcesIn("src");

/** The layer that a file of src/ belongs to. */
function layerOf(file: string): string {
  const [top, first = ""] = file.split("/");
  return top === "src" ? first : `outside of src: ${file}`;
}

describe("imports", () => {
  test("go one way only, from main down to crypto", () => {
    expect(sources.length).toBeGreaterThan(50);
    const wrong = sources.flatMap(({ file, imports }) => {
      const layer = layerOf(file);
      const own = leaves.includes(layer) ? leaves : [layer];
      const allowed = [...own, ...(layers[layer] ?? []), ...(layer === "views" ? [] : leaves)];
      return imports.filter((target) => !allowed.includes(layerOf(target))).map((target) => `${file} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test("make no circle of files", () => {
    const importsOf = new Map(sources.map(({ file, imports }) => [file, imports]));
    const circles: string[] = [];
    const finished = new Set<string>();
    const visit = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (path.includes(file) || finished.has(file)) return;
      for (const target of importsOf.get(file) ?? []) visit(target, [...path, file]);
      finished.add(file);
    };
    for (const { file } of sources) visit(file, []);
    expect(circles).toEqual([]);
  });

  test("are all seen by this test", () => {
    const unseen = [...sources, ...sourcesIn("sandbox")].flatMap(({ file, text, imports, packages }) => {
      const written = text.match(/^(?:import|export|\}).* from "|^import "|\bimport\("/gm) ?? [];
      return written.length === imports.length + packages.length ? [] : [file];
    });
    expect(unseen).toEqual([]);
  });

  test("of GitHub's client take from the providers only how requests are sent and how they fail", () => {
    const taken = sources
      .filter(({ file }) => layerOf(file) === "github")
      .flatMap(({ imports }) => imports.filter((target) => layerOf(target) === "providers"));
    const allowed = ["failure", "outgoing", "rate-limit", "single-sign-on"].map((name) => `src/providers/${name}.ts`);
    expect([...new Set(taken)].sort()).toEqual(allowed);
  });

  test("of pages bring nothing but GitHub's look and the arithmetic of charts", () => {
    const packages = sources.filter(({ file }) => layerOf(file) === "views").flatMap((source) => source.packages);
    expect(packages.filter((name) => !/^(@primer\/|node:|d3-scale$|d3-shape$)/.test(name))).toEqual([]);
    expect(packages).toContain("@primer/octicons/build/data.json");
  });

  test("of migrations are none, since they must mean tomorrow what they meant when they were written", () => {
    const migrations = sourcesIn("migrations");
    expect(migrations.length).toBeGreaterThan(0);
    for (const { text, imports, packages } of migrations) {
      expect({ imports, packages }).toEqual({ imports: [], packages: ["knex"] });
      expect(text).toMatch(/^import type /);
    }
  });

  test("of the sandbox stay within it, since it must know nothing of onbehalf", () => {
    const wrong = sourcesIn("sandbox").flatMap(({ file, imports }) =>
      imports.filter((target) => !target.startsWith("sandbox/")).map((target) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("only", () => {
  const filesWith = (condition: (source: Source) => boolean) =>
    sources.filter(condition).map(({ file }) => file.replace(/^src\/(store)\/.*/, "src/$1"));

  test("store knows SQL and its drivers", () => {
    const sql =
      /\b(SELECT\s[\s\S]{0,300}?\sFROM|INSERT INTO|DELETE FROM|CREATE (TABLE|DATABASE|INDEX))\s|\bUPDATE \w+ SET\s/;
    const knowing = filesWith(
      ({ text, packages }) => sql.test(text) || packages.some((name) => /^(pg|knex)\b/.test(name)),
    );
    expect([...new Set(knowing)]).toEqual(["src/store"]);
  });

  test("store/accounts seals and opens, for what webhooks say store/deliveries.ts, for the erased store/erasure, and to change keys store/sealed", () => {
    const users = sources
      .filter(({ imports }) => imports.includes("src/crypto/seal.ts"))
      .map(({ file }) => file.replace(/^(src\/store\/(accounts|erasure|sealed))\/.*/, "$1"));
    expect([...new Set(users)].sort()).toEqual([
      "src/store/accounts",
      "src/store/deliveries.ts",
      "src/store/erasure",
      "src/store/sealed",
    ]);
  });

  test("main.ts writes to standard output, and nothing to the console", () => {
    const writing = filesWith(({ text }) => /\bconsole\.\w|\bprocess\.(stdout|stderr)\b/.test(text));
    expect(writing).toEqual(["src/main.ts"]);
  });

  test("main.ts reads the environment", () => {
    const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    const reading = filesWith(({ text }) => /\bprocess\.env\b|\benv \} = process\b|"node:process"/.test(code(text)));
    expect(reading).toEqual(["src/main.ts"]);
  });
});
