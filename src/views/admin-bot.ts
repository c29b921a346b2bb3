import { type AdminKeyForm, adminBotKeys } from "./admin-bot-keys.ts";
import { type AdminBot, type Offered, scopeSentence, whoConnects } from "./admin-bots.ts";
import { adminLayout } from "./admin-layout.ts";
import { dangers } from "./dangers.ts";
import { errorText } from "./field.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { type ScopeField, scopeFields } from "./scope-fields.ts";
import type { Capability, Scope } from "./scope-words.ts";
import { typedConfirmation } from "./typed-confirmation.ts";

/** What an admin entered in one of the two forms, and what is wrong with it. */
export type AdminBotForm = {
  which: "ceiling" | "offer";
  /** For whose connects, of an offer. */
  provider?: string;
  repositories: string;
  branches: string;
  capabilities: readonly string[];
  error: string;
  /** Null: the error stands above the form's fields. */
  field: ScopeField | null;
};

export type AdminBotPageProps = {
  viewer: Viewer;
  bot: AdminBot;
  capabilities: readonly Capability[];
  notice?: Notice | null;
  form?: AdminBotForm | null;
  keyForm?: AdminKeyForm | null;
  /** What is wrong with the word that confirms a revocation. */
  confirmError?: string | null;
};

type FormProps = {
  which: AdminBotForm["which"];
  /** Tells its fields apart from those of the page's other forms. */
  prefix: string;
  provider?: string;
  bot: AdminBot;
  now: Scope | null;
  capabilities: readonly Capability[];
  form: AdminBotForm | null;
  button: string;
};

function scopeForm({ which, prefix, provider, bot, now, capabilities, form, button }: FormProps): Html {
  const general = form && form.field === null ? form.error : undefined;
  // Any branch is what an empty field says.
  const branches = now?.branches.includes("*") ? "" : now?.branches.join("\n");
  return html`
      <form class="Box Box-body" method="post" action="/admin/bots/${encodeURIComponent(bot.id)}/${which}">
        ${general && html`<div role="alert">${errorText(`${prefix}-error`, general)}</div>`}
        ${provider && html`<input type="hidden" name="provider" value="${provider}">`}
        ${scopeFields({
          prefix: `${prefix}-`,
          as: "",
          capabilities,
          repositories: form?.repositories ?? now?.repositories.join("\n"),
          branches: form?.branches ?? branches,
          chosen: form?.capabilities ?? now?.capabilities ?? [],
          about: (name) => (form?.field === name ? form.error : undefined),
        })}
        <button class="btn btn-primary" type="submit">${button}</button>
      </form>`;
}

function takeAway(bot: AdminBot, path: string, text: string, provider?: string): Html {
  return html`<form class="after-form" method="post" action="/admin/bots/${encodeURIComponent(bot.id)}/${path}">${provider && html`<input type="hidden" name="provider" value="${provider}">`}<button class="btn btn-danger" type="submit">${text}</button></form>`;
}

function offerSection(
  offered: Offered,
  { bot, capabilities, form }: Pick<FormProps, "bot" | "capabilities" | "form">,
  index: number,
): Html {
  const { provider, app, scope } = offered;
  const id = index === 0 ? "offer" : `offer-${index}`;
  return html`
    <section aria-labelledby="${id}">
      <h2 class="Section-title" id="${id}">Offered to everybody who connects${app && ` ${app}`}</h2>
      <p>${scope ? html`${whoConnects(offered)} is offered that it may ${scopeSentence(scope, capabilities)}.` : "It is not offered."} Each person sees it before they connect, with a box that refuses it, and can end it afterwards. Who is connected already, has refused this bot, or has had a permission for it, is not offered anything.</p>
      ${scope && dangers(scope, "the person")}
      ${scopeForm({ bot, capabilities, which: "offer", prefix: id, provider, now: scope, form, button: scope ? "Offer this instead" : "Offer it" })}
      ${scope && takeAway(bot, "offer/withdraw", "Withdraw the offer", provider)}
      ${scope && html`<p class="note">Withdrawing it ends no permission: what people accepted stays until they end it, and within the limit above.</p>`}
    </section>`;
}

function revocation({ id, name, kind }: AdminBot, error: string | null): Html {
  return html`
    <section aria-labelledby="revoke">
      <h2 class="Section-title" id="revoke">Revoke it</h2>
      <p>${kind === "bot" ? "Its keys, its passes and everybody’s permissions for it end at once, for good." : "Its keys end at once, for good. The users that it created stay."} Another one can have its name afterwards.</p>
      ${typedConfirmation({ action: `/admin/bots/${encodeURIComponent(id)}/revoke`, word: name, button: "Revoke it", error })}
    </section>`;
}

function limits(bot: AdminBot, capabilities: readonly Capability[], form: AdminBotForm | null): Html {
  const { ceiling, offers } = bot;
  const common = { bot, capabilities };
  return html`
    <section aria-labelledby="ceiling">
      <h2 class="Section-title" id="ceiling">The most that anybody can permit</h2>
      <p>${ceiling ? html`Nobody can permit it more than to ${scopeSentence(ceiling, capabilities)}.` : "Nothing limits what people can permit it."} A limit cuts permissions that were given before, too, from the next request on. An offer that goes further is withdrawn.</p>
      ${scopeForm({ ...common, which: "ceiling", prefix: "ceiling", now: ceiling, form: form?.which === "ceiling" ? form : null, button: "Limit it to this" })}
      ${ceiling && takeAway(bot, "ceiling/remove", "Remove the limit")}
    </section>
    ${offers.map((offered, index) => offerSection(offered, { ...common, form: form?.which === "offer" && (form.provider ?? offered.provider) === offered.provider ? form : null }, index))}`;
}

/** One bot's keys, ceiling and offers, and the forms that change them. */
export function adminBotPage(props: AdminBotPageProps): Html {
  const { viewer, bot, capabilities, notice, form = null, keyForm = null, confirmError = null } = props;
  const { id, name, kind, keys } = bot;
  const faulty = form !== null || keyForm !== null || confirmError !== null;
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "bots",
    title: faulty ? `Error: ${name}` : name,
    says:
      kind === "bot"
        ? "Its keys, how far people can let it go, and what everybody who connects is offered of it."
        : "A platform: it manages users, and never acts.",
    body: html`
    ${adminBotKeys(id, keys, keyForm)}
    ${kind === "bot" && limits(bot, capabilities, form)}
    ${revocation(bot, confirmError)}`,
  });
}
