import { adminLayout } from "./admin-layout.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { branchWords, type Capability, capabilityWords, repositoryWords, type Scope } from "./scope-words.ts";
import { time } from "./time.ts";

/** A bot, as an admin sees it. */
export type AdminBot = {
  id: string;
  name: string;
  createdAt: Date;
  ceiling: Scope | null;
  /** For each of GitHub's Apps what is offered to whoever connects it. */
  offers: readonly Offered[];
};

/** `app`: its name, where there are several. */
export type Offered = { provider: string; app: string | null; scope: Scope | null };

/** "Everybody who connects" */
export function whoConnects({ app }: Offered): string {
  return `Everybody who connects${app === null ? "" : ` ${app}`}`;
}

export type AdminBotsPageProps = {
  viewer: Viewer;
  bots: readonly AdminBot[];
  capabilities: readonly Capability[];
  notice?: Notice | null;
};

/** "commit in every repository of acme, on any branch". */
export function scopeSentence(scope: Scope, capabilities: readonly Capability[]): Html {
  return html`${capabilityWords(scope.capabilities, capabilities)} in ${repositoryWords(scope.repositories, "the person")}, ${branchWords(scope.branches)}`;
}

function row(
  { id, name, createdAt, ceiling, offers }: AdminBot,
  capabilities: readonly Capability[],
  index: number,
): Html {
  const title = `bot-${index}`;
  const made = offers.flatMap((offer) => (offer.scope ? [{ ...offer, scope: offer.scope }] : []));
  return html`
      <li class="Box-row delegation">
        <div class="account-text delegation-text">
          <h2 class="account-title" id="${title}">${name}${made.length > 0 && html` <span class="Label Label-active">Offered</span>`}</h2>
          <p class="note">Created ${time(createdAt)}</p>
          <p>${ceiling ? html`Nobody can permit more than to ${scopeSentence(ceiling, capabilities)}.` : "Nothing limits what people can permit it."}</p>
          ${made.map((offer) => html`<p>${whoConnects(offer)} is offered that it may ${scopeSentence(offer.scope, capabilities)}.</p>`)}
        </div>
        <div class="account-actions"><a class="btn" href="/admin/bots/${encodeURIComponent(id)}" aria-describedby="${title}">Limit or offer</a></div>
      </li>`;
}

const nobody = html`<div class="Box blankslate">${icon("hubot", 24)}<h2>There are no bots yet</h2><p>An operator creates one with: <code>npm run -s onbehalf -- bots create NAME</code></p></div>`;

/** The bots that act, each with its ceiling and its offer. */
export function adminBotsPage({ viewer, bots, capabilities, notice }: AdminBotsPageProps): Html {
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "bots",
    title: "Bots",
    says: "How far people can let each bot go, and which bots everybody who connects is offered.",
    body:
      bots.length > 0
        ? html`<ul class="Box" role="list">${bots.map((bot, index) => row(bot, capabilities, index))}
    </ul>`
        : nobody,
  });
}
