import { type AdminBot, scopeSentence } from "./admin-bots.ts";
import { adminLayout } from "./admin-layout.ts";
import { dangers } from "./dangers.ts";
import { errorText } from "./field.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { type ScopeField, scopeFields } from "./scope-fields.ts";
import type { Capability, Scope } from "./scope-words.ts";

/** What an admin entered in one of the two forms, and what is wrong with it. */
export type AdminBotForm = {
  which: "ceiling" | "offer";
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
};

type FormProps = {
  which: AdminBotForm["which"];
  bot: AdminBot;
  now: Scope | null;
  capabilities: readonly Capability[];
  form: AdminBotForm | null;
  button: string;
};

function scopeForm({ which, bot, now, capabilities, form, button }: FormProps): Html {
  const general = form && form.field === null ? form.error : undefined;
  // Any branch is what an empty field says.
  const branches = now?.branches.includes("*") ? "" : now?.branches.join("\n");
  return html`
      <form class="Box Box-body" method="post" action="/admin/bots/${encodeURIComponent(bot.id)}/${which}">
        ${general && html`<div role="alert">${errorText(`${which}-error`, general)}</div>`}
        ${scopeFields({
          prefix: `${which}-`,
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

function takeAway(bot: AdminBot, path: string, text: string): Html {
  return html`<form class="after-form" method="post" action="/admin/bots/${encodeURIComponent(bot.id)}/${path}"><button class="btn btn-danger" type="submit">${text}</button></form>`;
}

/** One bot's ceiling and offer, and the forms that change them. */
export function adminBotPage({ viewer, bot, capabilities, notice, form = null }: AdminBotPageProps): Html {
  const { name, ceiling, offer } = bot;
  const common = { bot, capabilities };
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "bots",
    title: form ? `Error: ${name}` : name,
    says: "How far people can let this bot go, and what everybody who connects is offered of it.",
    body: html`
    <section aria-labelledby="ceiling">
      <h2 class="Section-title" id="ceiling">The most that anybody can permit</h2>
      <p>${ceiling ? html`Nobody can permit it more than to ${scopeSentence(ceiling, capabilities)}.` : "Nothing limits what people can permit it."} A limit cuts permissions that were given before, too, from the next request on. An offer that goes further is withdrawn.</p>
      ${scopeForm({ ...common, which: "ceiling", now: ceiling, form: form?.which === "ceiling" ? form : null, button: "Limit it to this" })}
      ${ceiling && takeAway(bot, "ceiling/remove", "Remove the limit")}
    </section>
    <section aria-labelledby="offer">
      <h2 class="Section-title" id="offer">Offered to everybody who connects</h2>
      <p>${offer ? html`Everybody who connects is offered that it may ${scopeSentence(offer, capabilities)}.` : "It is not offered."} Each person sees it before they connect, with a box that refuses it, and can end it afterwards. Who is connected already, has refused this bot, or has had a permission for it, is not offered anything.</p>
      ${offer && dangers(offer, "the person")}
      ${scopeForm({ ...common, which: "offer", now: offer, form: form?.which === "offer" ? form : null, button: offer ? "Offer this instead" : "Offer it" })}
      ${offer && takeAway(bot, "offer/withdraw", "Withdraw the offer")}
      ${offer && html`<p class="note">Withdrawing it ends no permission: what people accepted stays until they end it, and within the limit above.</p>`}
    </section>`,
  });
}
