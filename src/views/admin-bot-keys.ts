import { errorText, field } from "./field.ts";
import { type Html, html } from "./html.ts";
import { time } from "./time.ts";

/** A key in force. Nobody can be shown the key itself again. */
export type AdminKey = { id: string; createdAt: Date; endsAt: Date | null; lastUsedAt: Date | null };

/** What an admin entered in the form for another key, and what is wrong with it. */
export type AdminKeyForm = { old: string; until: string; error: string; field: "old" | "until" | null };

/** When the old key ends, as the form has it. */
export const keyEnds = [
  ["86400", "a day from now"],
  ["3600", "an hour from now"],
  ["604800", "a week from now"],
  ["time", "at the time below"],
  ["hand", "when an admin ends it here"],
  ["at-once", "at once"],
] as const;

function row(botId: string, { id, createdAt, endsAt, lastUsedAt }: AdminKey, index: number): Html {
  const title = `key-${index}`;
  return html`
        <li class="Box-row delegation">
          <div class="account-text delegation-text">
            <h3 class="account-title" id="${title}"><span>Key made ${time(createdAt)}</span>${endsAt && html` <span class="Label Label-pending">Ending</span>`}</h3>
            <ul class="facts" role="list"><li>${lastUsedAt ? html`Last used ${time(lastUsedAt)}` : "Not used yet"}</li><li>${endsAt ? html`Ends ${time(endsAt)}` : "Goes on until it is ended"}</li></ul>
          </div>
          <div class="account-actions"><form method="post" action="/admin/bots/${encodeURIComponent(botId)}/keys/${encodeURIComponent(id)}/end"><button class="btn btn-danger" type="submit" aria-describedby="${title}">End this key</button></form></div>
        </li>`;
}

function ending(form: AdminKeyForm | null): Html {
  return html`${field({
    id: "old",
    label: "The key from before ends",
    hint: html`Until then both let the bot in. Passes end with the key that they were made with.`,
    error: form?.field === "old" ? form.error : null,
    control: (attributes) =>
      html`<select class="form-control FormControl-select" name="old"${attributes}>${keyEnds.map(([value, words]) => html`<option value="${value}"${value === form?.old && html` selected`}>${words}</option>`)}</select>`,
  })}${field({
    id: "key-until",
    label: "Time (UTC)",
    hint: html`For “at the time below” alone.`,
    optional: true,
    error: form?.field === "until" ? form.error : null,
    control: (attributes) =>
      html`<input class="form-control" type="datetime-local" name="until" value="${form?.until ?? ""}"${attributes}>`,
  })}`;
}

/** A bot's keys, and the form that makes another one. */
export function adminBotKeys(botId: string, keys: readonly AdminKey[], form: AdminKeyForm | null): Html {
  const general = form?.field === null ? form.error : null;
  return html`
    <section aria-labelledby="keys">
      <h2 class="Section-title" id="keys">Keys</h2>
      ${
        keys.length > 0
          ? html`<ul class="Box" role="list">${keys.map((key, index) => row(botId, key, index))}
      </ul>`
          : html`<div class="Box Box-body"><p>No key lets it in. Make one below.</p></div>`
      }
      <form class="Box Box-body after-form" method="post" action="/admin/bots/${encodeURIComponent(botId)}/keys">
        ${general && html`<div role="alert">${errorText("keys-error", general)}</div>`}
        <p>Who has a bot’s key acts as the bot, for everybody who permitted it something. Hand it to the bot’s program alone. That you made it stands in the audit log.</p>
        ${keys.length > 0 && ending(form)}
        <button class="btn btn-primary" type="submit">Make ${keys.length > 0 ? "another" : "a"} key</button>
      </form>
    </section>`;
}
