import { type Html, html } from "./html.ts";
import { listed } from "./listed.ts";

/** What a bot may do. The words finish "may …": "commit", "open pull requests". */
export type Capability = { id: string; words: string; means?: string };

/** How far a bot may go. */
export type Scope = {
  repositories: readonly string[];
  /** None: any branch. */
  branches: readonly string[];
  capabilities: readonly string[];
};

/** "acme/site", "every repository of acme", "every repository that you can reach". */
export function repositoryWords(patterns: readonly string[], whose = "you"): Html {
  const names = patterns.map((pattern) => {
    if (pattern === "*") return html`every repository that ${whose} can reach`;
    if (pattern.endsWith("/*")) return html`every repository of <code>${pattern.slice(0, -2)}</code>`;
    return html`<code>${pattern}</code>`;
  });
  return listed(names);
}

/** Whether all branches are meant. */
export function isAnyBranch(branches: readonly string[]): boolean {
  return branches.length === 0 || branches.includes("*");
}

/** "on any branch", "on branches main or release/*". */
export function branchWords(branches: readonly string[]): Html {
  if (isAnyBranch(branches)) return html`on any branch`;
  const names = branches.map((branch) => html`<code>${branch}</code>`);
  return html`on ${branches.length === 1 ? "branch" : "branches"} ${listed(names, "or")}`;
}

/** "commit and open pull requests". */
export function capabilityWords(ids: readonly string[], known: readonly Capability[]): Html {
  return listed(ids.map((id) => known.find((capability) => capability.id === id)?.words ?? id));
}
