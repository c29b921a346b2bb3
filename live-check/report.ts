import { redact } from "../src/redact.ts";
import type { Row } from "./experiment.ts";
import type { Settings } from "./settings.ts";
import type { Tokens } from "./tokens.ts";

export type ReportRow = Row & { chapter: number };

/** A table as the facts have it, ready to be pasted: nothing in it tells who tried. */
export function markdownTable(rows: ReportRow[], hide: (text: string) => string): string {
  const cell = (text: string) => hide(text).replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim();
  const lines = rows.map(({ chapter, question, answer, evidence }) => {
    const said = evidence.filter((text) => text !== "").map(cell);
    return `| ${chapter} | ${cell(question)} | ${cell(answer)} | ${said.join("; ")} |`;
  });
  return ["| chapter | question | answer | what GitHub said |", "|---|---|---|---|", ...lines].join("\n");
}

/** Takes out every secret and whatever tells who tried. */
export function hiding(
  { app, repository, archivedRepository, readOnlyRepository, organization }: Settings,
  tokens: Pick<Tokens, "secrets" | "people">,
): (text: string) => string {
  const names: [string | null | undefined, string][] = [
    [repository, "OWNER/REPO"],
    [archivedRepository, "OWNER/ARCHIVED"],
    [readOnlyRepository, "OWNER/READ-ONLY"],
    [repository?.split("/")[0], "OWNER"],
    [organization, "ORG"],
    [app.clientId, "CLIENT_ID"],
    ...tokens.people(),
    ...[...tokens.secrets(), app.clientSecret].map((secret): [string, string] => [secret, "[redacted]"]),
  ];
  // The longer first: an owner's name is part of a repository's.
  const hidden = names
    .flatMap(([name, to]): [string, string][] => (name ? [[name, to]] : []))
    .sort(([a], [b]) => b.length - a.length)
    .map(([name, to]): [RegExp, string] => [new RegExp(`(?<![\\w-])${escaped(name)}(?![\\w-])`, "gi"), to]);
  return (text) =>
    hidden
      .reduce((shown, [name, to]) => shown.replaceAll(name, to), redact(text))
      .replaceAll(/[\w.+-]+@[\w.-]+\.\w+/g, (email) => (email.endsWith("noreply.github.com") ? "NOREPLY" : "EMAIL"))
      .replaceAll(/\b[0-9a-f]{40}\b/g, "OID");
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
