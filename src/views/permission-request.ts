import { dangers } from "./dangers.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { type PermissionFormProps, permissionForm } from "./permission-form.ts";
import { branchWords, type Capability, capabilityWords, repositoryWords, type Scope } from "./scope-words.ts";
import { time } from "./time.ts";

/** What an address asks a person to permit. */
export type PermissionRequest = Scope & {
  botName: string;
  /** At a provider other than GitHub: what can be asked for there. */
  elsewhere?: readonly Capability[] | null;
  /** With which account, where there are several; null: there is one. */
  account?: string | null;
  until: Date | null;
  /** The same as a query, which comes back with the forms. */
  query: string;
  /** It named something that there is not. */
  leftOut: boolean;
  /** The most that anybody can permit this bot. */
  ceiling: Scope | null;
  /** When the person refused this bot before. */
  refusedAt: Date | null;
};

/** "commit in every repository of acme, on any branch". */
function scopeSentence(scope: Scope, capabilities: readonly Capability[]): Html {
  return html`${capabilityWords(scope.capabilities, capabilities)} in ${repositoryWords(scope.repositories)}, ${branchWords(scope.branches)}`;
}

function askedFor(ids: readonly string[], capabilities: readonly Capability[]): Html {
  if (ids.length === 0) return html`It doesn’t say. Choose below.`;
  const known = capabilities.filter(({ id }) => ids.includes(id));
  return html`<ul class="inner-points">${known.map(({ words, means }) => html`<li>${words} as you${means && html`<p class="note">${means}</p>`}</li>`)}</ul>`;
}

function places(repositories: readonly string[], branches: readonly string[]): [name: string, value: Html][] {
  return [
    ["Where", repositories.length > 0 ? repositoryWords(repositories) : html`It doesn’t say. Choose below.`],
    ["Branches", branchWords(branches)],
  ];
}

function facts(request: PermissionRequest, capabilities: readonly Capability[]): Html {
  const { botName, account, elsewhere, repositories, branches, until } = request;
  const rows: [name: string, value: Html][] = [
    ["Bot", html`<strong>${botName}</strong>`],
    ...(account ? [["With your account at", html`${account}`] satisfies [string, Html]] : []),
    ["What it wants to do", askedFor(request.capabilities, elsewhere ?? capabilities)],
    ...(elsewhere ? [] : places(repositories, branches)),
    ["Until", until ? time(until) : html`You end it`],
  ];
  return html`<dl class="Facts">${rows.map(
    ([name, value]) => html`
          <div class="Facts-row"><dt>${name}</dt><dd>${value}</dd></div>`,
  )}
        </dl>`;
}

function remark(text: Html): Html {
  return html`<p class="attention">${icon("info")}<span>${text}</span></p>`;
}

/** Who asks for what in plain words, the way to refuse it, and the form in which it can be narrowed and permitted. */
export function permissionRequest(request: PermissionRequest, form: PermissionFormProps): Html {
  const { botName, leftOut, ceiling, refusedAt, query, elsewhere } = request;
  // What there is elsewhere is said in that account's words, and asked about it alone.
  const apps = form.apps?.filter(({ id }) => id === form.form?.provider);
  const asked = elsewhere && apps ? { ...form, apps, capabilities: elsewhere } : form;
  return html`
    <section aria-labelledby="request">
      <h2 class="Section-title" id="request">${botName} asks to act as you</h2>
      <div class="Box Box-body">
        <p>The address that brought you here asks for this. Whoever made it chose what it says, so permit only what you expected. Nothing is permitted before you say so.</p>
        ${facts(request, form.capabilities)}
        ${!request.elsewhere && dangers(request)}
        ${leftOut && remark(html`The address also named something that there isn’t. It was left out.`)}
        ${ceiling && remark(html`An admin limits what anybody can permit this bot: to ${scopeSentence(ceiling, form.capabilities)}.`)}
        ${refusedAt && remark(html`You refused this bot ${time(refusedAt)}.`)}
        <form method="post" action="/permissions/refuse">
          <input type="hidden" name="request" value="${query}">
          <button class="btn btn-danger" type="submit">Refuse</button>
        </form>
      </div>
    </section>
    <section aria-labelledby="permit">
      <h2 class="Section-title" id="permit">Change it, and permit it</h2>
      ${permissionForm(asked, query)}
    </section>`;
}
