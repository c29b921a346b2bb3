import { type Html, html } from "./html.ts";
import { branchWords, type Capability, capabilityWords, repositoryWords, type Scope } from "./scope-words.ts";
import { time } from "./time.ts";

export type { Capability } from "./scope-words.ts";

/** A permission that is in force. */
export type Delegation = Scope & {
  id: string;
  botName: string;
  provider: string;
  /** With another account than the usual one: its name. */
  through?: string | null;
  /** At a provider other than GitHub, where there are no repositories: what can be permitted there. */
  elsewhere?: readonly Capability[] | null;
  until: Date | null;
  createdAt: Date;
  /** Who decided; `offer`: the person, by connecting after they were shown it. */
  grantedBy?: "user" | "operator" | "offer";
  /** An admin limits the bot to less. */
  limit?: Scope | null;
};

/** "deploy-bot may commit as you in acme/site, on any branch, until you end it." */
export function delegationSentence(delegation: Delegation, capabilities: readonly Capability[]): Html {
  const { botName, through, elsewhere, repositories, branches, until } = delegation;
  const where = !elsewhere && html` in ${repositoryWords(repositories)}, ${branchWords(branches)}`;
  const end = until ? html`until ${time(until)}` : "until you end it";
  return html`<strong>${botName}</strong> may ${capabilityWords(delegation.capabilities, elsewhere ?? capabilities)} as you${where}${through && html`, with your ${through} account`}, ${end}.`;
}

function given({ createdAt, grantedBy = "user" }: Delegation): Html {
  const how = { user: "Given", operator: "Given by an operator", offer: "Offered to everybody, and accepted" }[
    grantedBy
  ];
  return html`<p class="note">${how} ${time(createdAt)}</p>`;
}

/** One row of the permissions in force, with the way to narrow it and the button that ends it. */
export function delegationRow(delegation: Delegation, capabilities: readonly Capability[], index: number): Html {
  const id = `delegation-${index}`;
  return html`
      <li class="Box-row delegation">
        <div class="delegation-text">
          <p id="${id}">${delegationSentence(delegation, capabilities)}</p>
          ${delegation.limit && html`<p class="note">An admin limits this bot: of this holds only what is within ${capabilityWords(delegation.limit.capabilities, capabilities)} in ${repositoryWords(delegation.limit.repositories)}, ${branchWords(delegation.limit.branches)}.</p>`}
          ${given(delegation)}
        </div>
        <div class="delegation-actions"><a class="btn btn-sm" href="/permissions/${encodeURIComponent(delegation.id)}" aria-describedby="${id}">Narrow</a>
        <form method="post" action="/permissions/${encodeURIComponent(delegation.id)}/end">
          <button class="btn btn-danger btn-sm" type="submit" aria-describedby="${id}">End</button>
        </form></div>
      </li>`;
}
