import { type AdminBotCreateForm, adminBotCreate } from "./admin-bot-create.ts";
import type { AdminKey } from "./admin-bot-keys.ts";
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
  kind: "bot" | "platform";
  createdAt: Date;
  keys: readonly AdminKey[];
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
  form?: AdminBotCreateForm | null;
};

/** When a bot's keys were last used, and how many there are. */
function keyWords(keys: readonly AdminKey[]): Html {
  if (keys.length === 0) return html`<li>No key</li>`;
  const [last] = keys.flatMap(({ lastUsedAt }) => lastUsedAt ?? []).sort((one, other) => Number(other) - Number(one));
  return html`<li>${keys.length === 1 ? "1 key" : `${keys.length} keys`}</li><li>${last ? html`Last used ${time(last)}` : "Not used yet"}</li>`;
}

/** "commit in every repository of acme, on any branch". */
export function scopeSentence(scope: Scope, capabilities: readonly Capability[]): Html {
  return html`${capabilityWords(scope.capabilities, capabilities)} in ${repositoryWords(scope.repositories, "the person")}, ${branchWords(scope.branches)}`;
}

function row(
  { id, name, kind, createdAt, keys, ceiling, offers }: AdminBot,
  capabilities: readonly Capability[],
  index: number,
): Html {
  const title = `bot-${index}`;
  const made = offers.flatMap((offer) => (offer.scope ? [{ ...offer, scope: offer.scope }] : []));
  return html`
      <li class="Box-row delegation">
        <div class="account-text delegation-text">
          <h2 class="account-title" id="${title}">${name}${kind === "platform" && html` <span class="Label">Platform</span>`}${made.length > 0 && html` <span class="Label Label-active">Offered</span>`}</h2>
          <ul class="facts" role="list"><li>Created ${time(createdAt)}</li>${keyWords(keys)}</ul>
          ${kind === "bot" && html`<p>${ceiling ? html`Nobody can permit more than to ${scopeSentence(ceiling, capabilities)}.` : "Nothing limits what people can permit it."}</p>`}
          ${made.map((offer) => html`<p>${whoConnects(offer)} is offered that it may ${scopeSentence(offer.scope, capabilities)}.</p>`)}
        </div>
        <div class="account-actions"><a class="btn" href="/admin/bots/${encodeURIComponent(id)}" aria-describedby="${title}">${kind === "bot" ? "Keys, limit, offer" : "Keys"}</a></div>
      </li>`;
}

const nobody = html`<div class="Box blankslate">${icon("hubot", 24)}<h2>There are no bots yet</h2><p>Create one below. It can do nothing until somebody permits it.</p></div>`;

/** Bots and platforms, each with its keys, its ceiling and its offer, and the form that creates another one. */
export function adminBotsPage({ viewer, bots, capabilities, notice, form = null }: AdminBotsPageProps): Html {
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "bots",
    title: form ? "Error: Bots" : "Bots",
    says: "The programs that call onbehalf: their keys, how far people can let each go, and which everybody who connects is offered.",
    body: html`
    ${
      bots.length > 0
        ? html`<ul class="Box" role="list">${bots.map((bot, index) => row(bot, capabilities, index))}
    </ul>`
        : nobody
    }
    ${adminBotCreate(form)}`,
  });
}
