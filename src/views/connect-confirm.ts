import { handle } from "./avatar.ts";
import { connectFacts, connectWarning } from "./connect-link.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";

export type ConnectConfirmPageProps = {
  viewer?: Viewer | null;
  /** Below it are the addresses that confirm and cancel. */
  action: string;
  providerName: string;
  platform: string;
  user: string;
  /** Who came back from the provider. */
  login: string;
  name?: string | null;
  /** Who may act then. */
  bots: readonly string[];
  /** What the provider did not grant and the account needs. */
  missing: readonly string[];
};

/** After the provider: whose account it is, and to whom it will be connected. */
export function connectConfirmPage(props: ConnectConfirmPageProps): Html {
  const { viewer, action, providerName, platform, user, login, name, bots, missing } = props;
  return layout({
    title: `Connect ${providerName}`,
    viewer,
    body: html`
    <div class="Page-narrow">
      <h1 class="Page-title">Connect ${handle(login)} to ${user}?</h1>
      <p class="Page-lead">You authorised onbehalf at ${providerName}. Nothing is connected yet.</p>
      <div class="Box Box-body">
        ${connectFacts([
          [`${providerName} account`, html`<strong>${handle(login)}</strong>${name && html` (${name})`}`],
          ["To be connected to", html`<strong>${user}</strong> of ${platform}`],
          ["Who may then act as you", bots.length > 0 ? bots.join(", ") : "No bot yet"],
        ])}
        ${
          missing.length > 0 &&
          html`<p class="attention">${icon("info")}<span>${providerName} did not grant ${missing.join(", ")}. Some actions will fail until you connect again and grant it.</span></p>`
        }
        ${connectWarning(platform, user, "cancel")}
        <div class="Page-choices">
          <form method="post" action="${action}/confirm">
            <button class="btn btn-primary btn-block" type="submit">Connect ${handle(login)}</button>
          </form>
          <form method="post" action="${action}/cancel">
            <button class="btn btn-block" type="submit">Cancel, and end it at ${providerName}</button>
          </form>
        </div>
      </div>
    </div>`,
  });
}
