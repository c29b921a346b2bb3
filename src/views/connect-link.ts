import { type AccountOffer, offeredBots } from "./account-offers.ts";
import { handle } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import type { Capability } from "./scope-words.ts";

export type ConnectLinkPageProps = {
  viewer?: Viewer | null;
  /** The link's own path. */
  action: string;
  providerName: string;
  /** Who made the link. */
  platform: string;
  /** What the platform calls the user. */
  user: string;
  /** As whom onbehalf knows them already. */
  login?: string | null;
  /** What is asked for beside the usual. */
  scopes: readonly string[];
  /** Who is connected now, where this asks for more. */
  connectedAs?: string | null;
  offers: readonly AccountOffer[];
  /** Bots that may act for the user already. */
  permitted: readonly string[];
  capabilities: readonly Capability[];
};

/** Facts about a connect, a row each; where there is nothing to say, none. */
export function connectFacts(rows: readonly (readonly [name: string, value: Html | string | null])[]): Html {
  return html`<dl class="Facts">${rows.map(
    ([name, value]) =>
      value !== null &&
      html`
          <div class="Facts-row"><dt>${name}</dt><dd>${value}</dd></div>`,
  )}
        </dl>`;
}

/** A stranger's link would tie this person's account to the stranger's user. */
export function connectWarning(platform: string, user: string, todo: string): Html {
  return html`<p class="attention">${icon("alert")}<span>Go on only if you are <strong>${user}</strong> at ${platform} and came here from there. If somebody else sent you this link, ${todo}: their bots would act under your name.</span></p>`;
}

/** Before the provider: what will be connected to whom, and which bots may then act. */
export function connectLinkPage(props: ConnectLinkPageProps): Html {
  const { viewer, action, providerName, platform, user, login, scopes, connectedAs, capabilities } = props;
  const { offers, permitted } = props;
  const facts: [string, Html | string | null][] = [
    ["To be connected to", html`<strong>${user}</strong>${login && html` (${handle(login)})`}`],
    ["What", `Your ${providerName} account. You see which one before anything is connected.`],
    ["Connected now", connectedAs ? handle(connectedAs) : null],
    ["Asked for besides", scopes.length > 0 ? scopes.join(", ") : null],
  ];
  return layout({
    title: `Connect ${providerName}`,
    viewer,
    body: html`
    <div class="Page-narrow">
      <h1 class="Page-title">Connect ${providerName} to ${user}</h1>
      <p class="Page-lead"><strong>${platform}</strong> asks for your ${providerName} account, so that bots can act under your name, as far as each is permitted.</p>
      <div class="Box Box-body">
        ${connectFacts(facts)}
        ${connectWarning(platform, user, "close the page")}
        <form method="post" action="${action}">
          ${offeredBots({ providerName, offers, permitted, index: 0, user }, capabilities)}${
            offers.length + permitted.length === 0 &&
            html`<p>No bot may act as you by this alone. <strong>${user}</strong> can permit bots afterwards.</p>`
          }
          <button class="btn btn-primary btn-block" type="submit">Continue to ${providerName}</button>
        </form>
      </div>
    </div>`,
  });
}
