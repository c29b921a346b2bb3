import { type Html, html } from "./html.ts";
import { icon, providerIcon } from "./icon.ts";
import { layout } from "./layout.ts";
import { noticeBanner } from "./notice.ts";

export type SignInProvider = { id: string; name: string; icon?: string | undefined };

export type SignInPageProps = {
  providers: readonly SignInProvider[];
  notice?: string | null;
  returnTo?: string | null;
};

function providerForm({ id, name, icon: mark }: SignInProvider, returnTo: string | null | undefined): Html {
  return html`
      <form method="post" action="/sign-in/${encodeURIComponent(id)}">${
        returnTo &&
        html`
        <input type="hidden" name="return_to" value="${returnTo}">`
      }
        <button class="btn btn-block btn-large" type="submit">${providerIcon(mark ?? "sign-in")} Sign in with ${name}</button>
      </form>`;
}

/** Where a person starts. */
export function signInPage({ providers, notice, returnTo }: SignInPageProps): Html {
  return layout({
    title: "Sign in",
    body: html`
    <div class="Page-narrow">
      <div class="Page-mark">${icon("id-badge", 24)}</div>
      <h1 class="Page-title">Sign in to onbehalf</h1>
      <p class="Page-lead">onbehalf lets the bots that you choose commit and open pull requests under your name, without ever holding your tokens.</p>
      ${notice && noticeBanner({ kind: "info", text: notice })}
      <div class="Box Box-body Page-choices">${providers.map((provider) => providerForm(provider, returnTo))}
      ${providers.length === 0 && html`<p>There is no way to sign in yet: the operator has set up no provider.</p>`}
      </div>
      <p class="note">Signing in only tells onbehalf who you are. Bots can do nothing until you connect an account and permit it.</p>
    </div>`,
  });
}
