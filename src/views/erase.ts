import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import { typedConfirmation } from "./typed-confirmation.ts";

export type ErasePageProps = {
  viewer: Viewer;
  /** What the person writes to confirm. */
  word: string;
  error?: string | null;
};

/** Where a person has themselves removed: what happens then, and a form that can't be sent by mistake. */
export function erasePage({ viewer, word, error }: ErasePageProps): Html {
  return layout({
    title: error ? "Error: Erase yourself here" : "Erase yourself here",
    viewer,
    body: html`
    <div class="Subhead">
      <h1>Erase yourself here</h1>
      <p>This removes you from this onbehalf. It can't be undone.</p>
    </div>
    <section aria-labelledby="happens">
      <h2 class="Section-title" id="happens">What happens</h2>
      <ul class="Box Box-body points">
        <li>Bots can't act as you any more, and you are signed out everywhere. Both at once.</li>
        <li>Your authorisations are ended at their providers, and your tokens deleted here.</li>
        <li>Your logins, name, e-mail addresses and picture are deleted here. Where the audit log and other people's permissions name a repository of yours, a made-up name takes the place of yours.</li>
        <li>You can't sign in or connect here again until an operator lets you.</li>
      </ul>
    </section>
    <section aria-labelledby="stays">
      <h2 class="Section-title" id="stays">What stays</h2>
      <ul class="Box Box-body points">
        <li>Commits and pull requests at GitHub. They are not onbehalf's to change.</li>
        <li>That something was done, by which bot and when, without saying who you are.</li>
      </ul>
    </section>
    <section aria-labelledby="erase">
      <h2 class="Section-title" id="erase">Erase me</h2>
      ${typedConfirmation({ action: "/erase", word, button: html`${icon("alert")} Erase me`, cancel: "/accounts", error: error ?? null })}
    </section>`,
  });
}
