import { type Capability, type Delegation, delegationRow } from "./delegation.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import { type Notice, noticeBanner } from "./notice.ts";
import { type PermissionFormProps, permissionForm } from "./permission-form.ts";
import { type PermissionRequest, permissionRequest } from "./permission-request.ts";
import { time } from "./time.ts";

/** A bot that the person refused. */
export type Refusal = { botName: string; through?: string | null; refusedAt: Date };

export type PermissionsPageProps = PermissionFormProps & {
  viewer: Viewer;
  delegations: readonly Delegation[];
  notice?: Notice | null;
  /** What the address asks for. */
  request?: PermissionRequest | null;
  refusals?: readonly Refusal[];
  /** Whether bots may sign commits off for the person. */
  signOff?: boolean;
};

function inForce(delegations: readonly Delegation[], capabilities: readonly Capability[]): Html {
  if (delegations.length === 0) {
    return html`<div class="Box blankslate">${icon("shield-lock", 24)}<h3>No bot may act as you</h3><p>Nothing is done in your name until you permit it.</p></div>`;
  }
  const rows = delegations.map((delegation, index) => delegationRow(delegation, capabilities, index));
  return html`<ul class="Box" role="list">${rows}
      </ul>`;
}

function signOffForm(signOff: boolean): Html {
  return html`<form class="Box Box-body" method="post" action="/permissions/sign-off">
        <p>Some projects ask for a <code>Signed-off-by</code> line, in which the author certifies that they may contribute the change (the Developer Certificate of Origin). It is your word, so a bot may add it only if you agree.</p>
        <p><strong>${signOff ? "Bots may sign off commits for you." : "Bots may not sign off commits for you."}</strong></p>
        <button class="btn${signOff && " btn-danger"}" type="submit" name="agree" value="${signOff ? "no" : "yes"}">${signOff ? "Stop signing off for me" : "Let bots sign off for me"}</button>
      </form>`;
}

const noBots = html`<div class="Box blankslate">${icon("hubot", 24)}<h3>There are no bots yet</h3><p>An operator creates one with: <code>npm run -s onbehalf -- bots create NAME</code></p></div>`;

function refused(refusals: readonly Refusal[]): Html {
  return html`
    <section aria-labelledby="refused">
      <h2 class="Section-title" id="refused">Refused</h2>
      <ul class="Box" role="list">${refusals.map(
        ({ botName, through, refusedAt }) => html`
        <li class="Box-row"><strong>${botName}</strong>${through && html` with your ${through} account`}<p class="note">Refused ${time(refusedAt)}. It is not offered to you any more; permit it above if you want it after all.</p></li>`,
      )}
      </ul>
    </section>`;
}

function permit(form: PermissionFormProps): Html {
  return html`
    <section aria-labelledby="permit">
      <h2 class="Section-title" id="permit">Let a bot act as you</h2>
      ${form.bots.length > 0 ? permissionForm(form) : noBots}
    </section>`;
}

/** Which bots may act as the person, in plain words, and the form that permits another. */
export function permissionsPage(props: PermissionsPageProps): Html {
  const { viewer, delegations, notice, request, refusals = [], signOff = false, ...form } = props;
  return layout({
    title: form.form?.error ? "Error: Permissions" : "Permissions",
    viewer,
    current: "permissions",
    body: html`
    ${noticeBanner(notice)}
    <div class="Subhead">
      <h1>Permissions</h1>
      <p>Which bots may act as you. What they do carries your name; a permission stops working the moment you end it.</p>
    </div>
    ${request && permissionRequest(request, form)}
    <section aria-labelledby="in-force">
      <h2 class="Section-title" id="in-force">In force</h2>
      ${inForce(delegations, form.capabilities)}
    </section>
    ${!request && permit(form)}
    ${refusals.length > 0 && refused(refusals)}
    <section aria-labelledby="sign-off">
      <h2 class="Section-title" id="sign-off">Sign-off</h2>
      ${signOffForm(signOff)}
    </section>`,
  });
}
