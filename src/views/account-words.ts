import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { time } from "./time.ts";
import { webAddress } from "./web-address.ts";

export type AccountState = "not_connected" | "pending" | "active" | "limited" | "revoked";

type Account = {
  providerName: string;
  state: AccountState;
  revocation?: "pending" | "unconfirmed" | null;
  settingsUrl?: string | null;
  revocationReason?: string | null;
  endsThere?: boolean;
  disconnectWarning?: string | null;
  singleSignOn?: readonly WantedSignOn[];
};

/** An organisation that lets nobody act before its single sign-on is passed. */
export type WantedSignOn = { organization: string; url: string | null; at: Date };

export const stateLabels: Record<AccountState, string> = {
  not_connected: "Not connected",
  pending: "Not confirmed yet",
  active: "Connected",
  limited: "Limited",
  revoked: "Access ended",
};

/** What a state means where its label alone doesn't say. */
export function stateWords({ providerName, state }: Account): Html | null {
  if (state === "pending") {
    return html`<p>Bots can't use this account before it is confirmed. If you left the page that you came from, connect it again from there.</p>`;
  }
  if (state === "limited") {
    return html`<p>${providerName} granted less than was asked for, so some actions fail. Ask again to grant the rest.</p>`;
  }
  return null;
}

/** What disconnecting does, before it is done. */
export function disconnectWords({ providerName, endsThere = true, disconnectWarning }: Account): Html {
  const does = endsThere ? `revokes this access at ${providerName}` : "erases this access here";
  return html`Disconnecting ${does}; bots can then no longer act as you there.${disconnectWarning && ` ${disconnectWarning}`}`;
}

/** Why an account ended, for the reasons that the audit log knows. */
export function endedWords({ providerName, state, revocationReason }: Account): Html | null {
  if (state !== "revoked") return null;
  const reasons = new Map([
    ["user_revoked", `You ended this access, here or at ${providerName}.`],
    ["provider_event", `${providerName} ended this access.`],
    ["refresh_failed", `${providerName} refused to renew this access.`],
    ["admin", "An administrator ended this access, or the platform that you use it from."],
  ]);
  return html`<p>${reasons.get(revocationReason ?? "") ?? "This access has ended."} Bots can't act as you with it.</p>`;
}

/** A revocation that the provider hasn't confirmed, and where the person can see to it. */
export function revocationWords({ providerName, revocation, settingsUrl, endsThere = true }: Account): Html | null {
  if (!revocation) return null;
  const address = webAddress(settingsUrl);
  const settings = address
    ? html`<a class="Link" href="${address}">${providerName} settings</a>`
    : html`settings at ${providerName}`;
  if (!endsThere && revocation === "unconfirmed") {
    return html`<p class="attention">${icon("alert")}<span>Erased here; ${providerName} lets no app end its own access. It ends when the integration is removed in the ${settings}, which ends it for everybody of that account.</span></p>`;
  }
  return revocation === "pending"
    ? html`<p class="attention">${icon("alert")}<span>Still revoking at ${providerName}. onbehalf keeps trying until ${providerName} confirms; you can also end it yourself in your ${settings}.</span></p>`
    : html`<p class="attention">${icon("alert")}<span>${providerName} did not confirm that the access is gone. Check it in your ${settings}, and revoke it there if it is still listed.</span></p>`;
}

/** Where single sign-on has yet to be passed, an organisation each. It is said until an action there works again. */
export function singleSignOnWords({ providerName, singleSignOn = [] }: Account): Html[] {
  return singleSignOn.map(({ organization, url, at }) => {
    const address = webAddress(url);
    const words = `Pass the single sign-on of ${organization}`;
    const todo = address ? html`<a class="Link" href="${address}">${words}</a>` : words;
    return html`<p class="attention">${icon("alert")}<span><strong>${organization}</strong> asks for single sign-on since ${time(at)}. Until you pass it, whoever acts as you is refused there, or sees a part only. ${todo} at ${providerName}, then press Reconnect.</span></p>`;
  });
}
