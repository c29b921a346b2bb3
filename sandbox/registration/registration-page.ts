import { type Html, html, page } from "../pages/html.ts";
import type { Manifest } from "./read-manifest.ts";

interface Choice {
  login: string;
  id: number;
  name: string | null;
  selected: boolean;
}

/** The page that shows what an app would be allowed to do, and registers it at a press. */
export function registrationPage(asked: {
  action: string;
  /** The organisation, or null for the visitor's own account. */
  organization: string | null;
  name: string;
  manifest: Manifest;
  choices: Choice[];
  hidden: Record<string, string>;
  fault: string | null;
}): string {
  const { manifest } = asked;
  const permissions = Object.entries(manifest.permissions).map(
    ([name, level]) =>
      html`<li><span class="grow">${name.replaceAll("_", " ")}</span><span class="soft">${level}</span></li>`,
  );
  const events = manifest.default_events.join(", ") || "none";
  const hook = manifest.hook_attributes;
  const fields = Object.entries(asked.hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const body = html`
<p>${
    asked.organization
      ? html`The app will belong to the organisation <strong>${asked.organization}</strong>.`
      : html`The app will belong to your own account.`
  } ${manifest.public ? "Everybody may install and authorize it." : "Only that account may install and authorize it."}</p>
${asked.fault && html`<p><strong>${asked.fault}</strong></p>`}
<form method="post" action="${asked.action}">
${fields}
<p><label>GitHub App name <input type="text" name="name" value="${asked.name}" required></label></p>
<h2>Permissions</h2><ul class="box">${permissions}</ul>
<p class="soft">Events: ${events}</p>
<p class="soft">Webhook: ${hook ? hook.url : "none"}${hook?.active === false && " (switched off)"}</p>
<fieldset class="box" aria-label="Who are you?">${asked.choices.map(choice)}</fieldset>
<div class="row"><button class="main" name="action" value="create">Create GitHub App</button></div>
</form>`;
  return page("Create GitHub App", body);
}

/** What is wrong with a manifest. */
export function faultsPage(faults: string[]): string {
  const body = html`<p>The configuration does not appear to be a valid GitHub App manifest.</p>
<ul>${faults.map((fault) => html`<li>Error ${fault}</li>`)}</ul>`;
  return page("Invalid GitHub App configuration", body);
}

function choice({ login, id, name, selected }: Choice): Html {
  const radio = selected
    ? html`<input type="radio" name="login" value="${login}" required checked>`
    : html`<input type="radio" name="login" value="${login}" required>`;
  return html`<label>${radio}<img src="/avatars/${id}.svg" width="32" height="32" alt="">
<span class="grow"><strong>${login}</strong> <span class="soft">${name}</span></span></label>`;
}
