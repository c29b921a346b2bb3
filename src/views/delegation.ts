import { type Html, html } from "./html.ts";
import { listed } from "./listed.ts";
import { time } from "./time.ts";

/** What a bot may do. The words finish "may …": "commit", "open pull requests". */
export type Capability = { id: string; words: string };

/** A permission that is in force. */
export type Delegation = {
  id: string;
  botName: string;
  provider: string;
  repositories: readonly string[];
  branches: readonly string[];
  capabilities: readonly string[];
  until: Date | null;
  createdAt: Date;
};

/** "acme/site", "every repository of acme", "every repository". */
function repository(pattern: string): Html {
  if (pattern === "*") return html`every repository that you can reach`;
  if (pattern.endsWith("/*")) return html`every repository of <code>${pattern.slice(0, -2)}</code>`;
  return html`<code>${pattern}</code>`;
}

function branchWords(branches: readonly string[]): Html {
  if (branches.length === 0 || branches.includes("*")) return html`on any branch`;
  const names = branches.map((branch) => html`<code>${branch}</code>`);
  return html`on ${branches.length === 1 ? "branch" : "branches"} ${listed(names, "or")}`;
}

/** "deploy-bot may commit as you in acme/site, on any branch, until you end it." */
export function delegationSentence(delegation: Delegation, capabilities: readonly Capability[]): Html {
  const { botName, provider, repositories, branches, until } = delegation;
  const verbs = delegation.capabilities.map((id) => capabilities.find((known) => known.id === id)?.words ?? id);
  const where =
    repositories.length > 0
      ? html`in ${listed(repositories.map(repository))}, ${branchWords(branches)}`
      : html`at ${provider}`;
  const end = until ? html`until ${time(until)}` : "until you end it";
  return html`<strong>${botName}</strong> may ${listed(verbs)} as you ${where}, ${end}.`;
}

/** One row of the permissions in force, with the button that ends it. */
export function delegationRow(delegation: Delegation, capabilities: readonly Capability[], index: number): Html {
  const id = `delegation-${index}`;
  return html`
      <li class="Box-row delegation">
        <div class="delegation-text">
          <p id="${id}">${delegationSentence(delegation, capabilities)}</p>
          <p class="note">Given ${time(delegation.createdAt)}</p>
        </div>
        <form method="post" action="/permissions/${encodeURIComponent(delegation.id)}/end">
          <button class="btn btn-danger btn-sm" type="submit" aria-describedby="${id}">End</button>
        </form>
      </li>`;
}
