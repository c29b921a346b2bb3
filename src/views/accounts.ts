import { type AccountRow, accountRow } from "./account-row.ts";
import { type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";
import { type Notice, noticeBanner } from "./notice.ts";

export type AccountsPageProps = { viewer: Viewer; accounts: readonly AccountRow[]; notice?: Notice | null };

/** Which accounts a person has connected, and the way to connect or disconnect each. */
export function accountsPage({ viewer, accounts, notice }: AccountsPageProps): Html {
  return layout({
    title: "Connected accounts",
    viewer,
    current: "accounts",
    body: html`
    ${noticeBanner(notice)}
    <div class="Subhead">
      <h1>Connected accounts</h1>
      <p>Bots that you permit act under these accounts. They never see your tokens. <a class="Link" href="/permissions">Choose which bots may act as you</a>.</p>
    </div>
    ${
      accounts.length > 0
        ? html`<ul class="Box" role="list">${accounts.map(accountRow)}
    </ul>`
        : html`<div class="Box blankslate"><h2>Nothing to connect yet</h2><p>The operator has set up no provider.</p></div>`
    }`,
  });
}
