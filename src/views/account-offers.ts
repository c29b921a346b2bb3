import { dangers } from "./dangers.ts";
import { type Html, html } from "./html.ts";
import { listed } from "./listed.ts";
import { branchWords, type Capability, capabilityWords, repositoryWords, type Scope } from "./scope-words.ts";

/** A bot that an admin offers to everybody who connects. */
export type AccountOffer = Scope & { id: string; botName: string };

type Shown = {
  providerName: string;
  offers: readonly AccountOffer[];
  /** Bots that have a permission already. */
  permitted: readonly string[];
  /** Which row of the page this is. */
  index: number;
  /** Whose bots they are, where the reader may be somebody else. */
  user?: string;
};

/**
 * Within the form that connects: which bots may act then and how far, each with a box that refuses it. What was shown
 * goes along, so that nothing else is accepted.
 */
export function offeredBots(
  { providerName, offers, permitted, index, user }: Shown,
  known: readonly Capability[],
): Html {
  const rows = offers.map((offer, position) => {
    const box = `refuse-${index}-${position}`;
    const { id, botName, capabilities, repositories, branches } = offer;
    return html`
              <li class="offer">
                <input type="hidden" name="offer" value="${id}">
                <p class="offer-words" id="${box}-offer"><strong>${botName}</strong> may then ${capabilityWords(capabilities, known)} as you in ${repositoryWords(repositories)}, ${branchWords(branches)}, until you end it.</p>
                ${dangers(offer)}
                <p class="offer-refusal"><input type="checkbox" id="${box}" name="refuse" value="${id}" aria-describedby="${box}-offer"> <label for="${box}">Refuse: ${botName} may not act as me</label></p>
              </li>`;
  });
  return html`${
    permitted.length > 0 &&
    html`<p>Connecting lets the bots that ${user ? html`may act for <strong>${user}</strong>` : "you have permitted"} act as you at ${providerName}: ${listed(permitted.map((name) => html`<strong>${name}</strong>`))}.${!user && html` <a class="Link" href="/permissions">What they may do</a>.`}</p>`
  }${
    offers.length > 0 &&
    html`
          <fieldset class="FormControl offers">
            <legend>Bots that are offered to everybody</legend>
            <p class="note">Connecting accepts what you don’t refuse. You can end it at any time under Permissions, and what you refuse is not offered again.</p>
            <ul class="offers-list" role="list">${rows}
            </ul>
          </fieldset>`
  }`;
}
