import type { Commenter } from "../../store/commenter.ts";
import { repositoryMatches } from "../delegations/patterns.ts";

/** Whom an answer is for, and what it is about. */
export interface WhoamiQuestion {
  login: string;
  repository: string;
  /** Null: onbehalf does not know them. */
  person: (Commenter & { delegations: PermittedBot[] }) | null;
  publicUrl: string;
  userTokensEnabled: boolean;
}

/** `through`: at another of GitHub's Apps than the standard one. */
type PermittedBot = Commenter["delegations"][number] & { through?: string };

const capabilityWords: Record<string, string> = {
  commit: "commit",
  push: "push with git",
  "pull-request": "open pull requests",
  "api:read": "read through GitHub's API",
  "api:write": "write through GitHub's API",
  workflows: "change workflows and code owners",
};
const mostRows = 20;
const mostBranches = 10;

/**
 * What bots could do as somebody in a repository, in Markdown. It mentions them and nobody else: whatever people and
 * bots have named stands in code, where nothing is a mention or a link.
 */
export function whoamiWords({ login, repository, person, publicUrl, userTokensEnabled }: WhoamiQuestion): string {
  const hello = /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(login) ? `@${login}: ` : "";
  const here = code(repository);
  if (!userTokensEnabled) return `${hello}no bot can act as anybody now: acting is switched off here.`;
  if (!person?.connected) {
    return `${hello}no bot can act as you, since no GitHub account of yours is connected here. You can connect it, and say what bots may do, at ${publicUrl}/accounts`;
  }
  const rows = person.delegations.flatMap((delegation) => rowOf(delegation, repository));
  if (rows.length === 0) {
    return `${hello}no bot may act as you in ${here}. You can permit one at ${publicUrl}/permissions`;
  }
  const more = rows.length > mostRows ? `\n\nThere are ${rows.length - mostRows} more.` : "";
  return `${hello}in ${here} these bots may act as you.

| bot | may | branches | until |
| --- | --- | --- | --- |
${rows.slice(0, mostRows).join("\n")}${more}

You can change or end that at ${publicUrl}/permissions`;
}

/** A line of the table; none where the delegation reaches something else, or the bot's ceiling leaves nothing of it. */
function rowOf(delegation: PermittedBot, repository: string): string[] {
  const { botName, through, repositories, branches, capabilities, endsAt, ceiling } = delegation;
  const scopes = ceiling ? [{ repositories }, ceiling] : [{ repositories }];
  if (!scopes.every((scope) => repositoryMatches(scope.repositories, repository))) return [];
  const may = capabilities.filter((name) => !ceiling || ceiling.capabilities.includes(name));
  if (may.length === 0) return [];
  const limit = ceiling && !ceiling.branches.includes("*") ? `, of these only ${branchWords(ceiling.branches)}` : "";
  const words = may.map((name) => capabilityWords[name] ?? code(name)).join(", ");
  const where = through ? `, through ${through}` : "";
  return [`| ${code(botName)}${where} | ${words} | ${branchWords(branches)}${limit} | ${untilWords(endsAt)} |`];
}

function branchWords(branches: readonly string[]): string {
  if (branches.includes("*")) return "all";
  const more = branches.length > mostBranches ? ` and ${branches.length - mostBranches} more` : "";
  return `${branches.slice(0, mostBranches).map(code).join(", ")}${more}`;
}

function untilWords(endsAt: Date | null): string {
  return endsAt ? `${endsAt.toISOString().slice(0, 16).replace("T", " ")} UTC` : "you end it";
}

/** A text as code, with more backticks around it than it has in a row (CommonMark 6.1); `|` would end a cell. */
function code(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  const oneLine = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  return `${fence}${pad}${oneLine}${pad}${fence}`;
}
