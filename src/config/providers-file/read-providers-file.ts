import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Environment, Fault } from "../environment.ts";
import { contradictions, type EntryFault } from "./contradictions.ts";
import { builtIn, type Entry, entryId, entrySchema } from "./entry.ts";
import { issueFaults } from "./issue-words.ts";
import { createPositions } from "./positions.ts";

/** A provider of the file, with its credentials out of the environment. */
export interface FileProvider {
  id: string;
  clientId: string;
  clientSecret: string;
  entry: Entry;
}

/** Characters; dozens of providers have room. */
const longest = 256 * 1024;

/**
 * Reads the file that `PROVIDERS_FILE` names: YAML, an entry for each provider under its id.
 * Every fault names line and field, and repeats no value, which may be a secret in the wrong place.
 */
export function readProvidersFile(env: Environment, fault: Fault): FileProvider[] {
  const file = env.PROVIDERS_FILE;
  if (!file) return [];
  try {
    return readProviders(readFileSync(file, "utf8"), env, (says) => fault(`PROVIDERS_FILE ${file}${says}`));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    fault(`PROVIDERS_FILE names "${file}", which can't be read.`);
    return [];
  }
}

/** The same of a text. A fault begins after the file's name. */
export function readProviders(text: string, env: Environment, fault: Fault): FileProvider[] {
  if (text.length > longest) {
    fault(` has more than ${longest / 1024} KB.`);
    return [];
  }
  const lines = new LineCounter();
  // Pretty errors quote the line, and what stands there may be a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  for (const error of [...document.errors, ...document.warnings]) {
    fault(`, line ${lines.linePos(error.pos[0]).line}: is not YAML as it should be (${yamlWords(error)}).`);
  }
  // They make cycles, and much of little; here nobody needs them.
  let aliases = 0;
  visit(document, {
    Alias(_key, { range }) {
      aliases += 1;
      fault(
        `, line ${lines.linePos(range?.[0] ?? 0).line}: has an alias (* and a name): write out what it stands for.`,
      );
    },
  });
  if (document.errors.length + aliases > 0) return [];
  const lineOf = createPositions(document, lines);
  if (!isMap(document.contents)) {
    fault(`, line ${lineOf([])}: must have an entry for each provider, under its id.`);
    return [];
  }
  const all: unknown = document.toJS();
  if (!isFields(all)) return [];
  return document.contents.items.flatMap(({ key }) => {
    const id = isScalar(key) ? String(key.value) : "";
    const read = readEntry(id, all[id], env);
    if ("provider" in read) return [read.provider];
    for (const { path, says } of read.faults) {
      const name = [shown(id), ...path].join(".");
      fault(`, line ${lineOf([id, ...path])}, ${name}: ${says}.`);
    }
    return [];
  });
}

function readEntry(
  id: string,
  given: unknown,
  env: Environment,
): { provider: FileProvider } | { faults: EntryFault[] } {
  const faults: EntryFault[] = [];
  const fault = (path: string[], says: string) => faults.push({ path, says });
  if (!entryId.test(id)) fault([], "is no id: give 1 to 63 of a-z 0-9 -");
  if (builtIn.includes(id)) fault([], "is the id of a provider that onbehalf has itself: choose another one");
  if (!isFields(given)) {
    fault([], "must have fields of its own, such as kind and name");
    return { faults };
  }
  const parsed = entrySchema.safeParse(given);
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => issueFaults(issue, given)));
  faults.push(...contradictions(given));
  const [clientId, clientSecret] = ["client_id_env", "client_secret_env"].map((field) => {
    const name = given[field];
    if (typeof name !== "string" || !/^[A-Z][A-Z0-9_]*$/.test(name)) return "";
    const value = env[name]?.trim() ?? "";
    if (!value) fault([field], `names ${name}, which is not in the environment`);
    return value;
  });
  if (!parsed.success || faults.length > 0) return { faults };
  return { provider: { id, clientId: clientId ?? "", clientSecret: clientSecret ?? "", entry: parsed.data } };
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An id that is none may be anything, and long. */
function shown(id: string): string {
  return id.length <= 63 ? id : `${id.slice(0, 60)}…`;
}

/** The parser's words without what it quotes. */
function yamlWords({ code, message }: { code: string; message: string }): string {
  return code === "DUPLICATE_KEY" ? "a name is there twice" : (message.split(/[:"'\n]/)[0] ?? code).trim();
}
