import { field } from "./field.ts";
import { type Html, html } from "./html.ts";

export type TypedConfirmationProps = {
  /** Where it is sent. */
  action: string;
  /** What is to be written. */
  word: string;
  button: Html | string;
  /** Where whoever thinks better of it goes. */
  cancel?: string;
  error?: string | null;
};

/** A form that can't be sent by mistake: whoever means it writes a word first. */
export function typedConfirmation({ action, word, button, cancel, error }: TypedConfirmationProps): Html {
  return html`
      <form class="Box Box-body" method="post" action="${action}">
        ${field({
          id: "confirm",
          label: "Confirm",
          hint: html`Write <strong>${word}</strong> to say that you mean it.`,
          error: error ?? null,
          control: (attributes) =>
            html`<input class="form-control input-block" type="text" name="confirm" required autocomplete="off" autocapitalize="off" spellcheck="false"${attributes}>`,
        })}
        <div class="Actions"><button class="btn btn-danger" type="submit">${button}</button>${cancel && html`<a class="btn" href="${cancel}">Cancel</a>`}</div>
      </form>`;
}
