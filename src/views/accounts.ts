import { type AccountRow, accountRow } from "./account-row.ts";
import { type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";
import { type Notice, noticeBanner } from "./notice.ts";
import type { Capability } from "./scope-words.ts";

export type AccountsPageProps = {
  viewer: Viewer;
  accounts: readonly AccountRow[];
  notice?: Notice | null;
  /** Nobody can connect, and no bot can act as anybody. */
  switchedOff?: boolean;
  /** The words for what bots may do. */
  capabilities?: readonly Capability[];
};

const switchedOffNotice: Notice = {
  kind: "warning",
  text: "The operator of this onbehalf has switched off acting as a person: nothing can be connected, and bots can’t act as you. What is connected stays until you disconnect it.",
};

/** Which accounts a person has connected, and the way to connect or disconnect each. */
export function accountsPage(props: AccountsPageProps): Html {
  const { viewer, accounts, notice, switchedOff = false, capabilities = [] } = props;
  return layout({
    title: "Connected accounts",
    viewer,
    current: "accounts",
    body: html`
    ${noticeBanner(notice)}${switchedOff && noticeBanner(switchedOffNotice)}
    <div class="Subhead">
      <h1>Connected accounts</h1>
      <p>Bots that you permit act under these accounts. They never see your tokens. <a class="Link" href="/permissions">Choose which bots may act as you</a>.</p>
    </div>
    ${
      accounts.length > 0
        ? html`<ul class="Box" role="list">${accounts.map((account, index) => accountRow(account, index, { connectable: !switchedOff, capabilities }))}
    </ul>`
        : html`<div class="Box blankslate"><h2>Nothing to connect yet</h2><p>The operator has set up no provider.</p></div>`
    }
    <p class="note Page-foot">See <a class="Link" href="/activity">what was done in your name</a> and <a class="Link" href="/sessions">where you are signed in</a>. You can <a class="Link" href="/erase">have yourself removed from this onbehalf</a>.</p>`,
  });
}
