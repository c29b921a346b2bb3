import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";

export type FieldProps = {
  /** The control's id; the hint and the error get ids made from it. */
  id: string;
  label: string;
  hint?: Html;
  error?: string | null;
  optional?: boolean;
  /** Draws the control with the attributes that tie it to its hint and error. */
  control: (attributes: Html) => Html;
};

/** What is wrong with a field or a form, with an id for `aria-describedby`. */
export function errorText(id: string, error: string | null | undefined): Html | null {
  return error ? html`<p class="FormControl-error" id="${id}">${icon("alert")}<span>${error}</span></p>` : null;
}

/** Attributes that let a screen reader read hint and error with the control, and that put the cursor on a faulty one. */
export function describedBy(id: string, hint: boolean, error: boolean): Html {
  const ids = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return html`${ids && html` aria-describedby="${ids}"`}${error && html` aria-invalid="true" autofocus`}`;
}

/** A labelled control with its hint and its error. */
export function field({ id, label, hint, error, optional, control }: FieldProps): Html {
  return html`
        <div class="FormControl${error && " FormControl-invalid"}">
          <label for="${id}">${label}${optional && html` <span class="FormControl-optional">(optional)</span>`}</label>
          ${hint && html`<p class="note" id="${id}-hint">${hint}</p>`}
          ${control(html` id="${id}"${describedBy(id, hint !== undefined, Boolean(error))}`)}
          ${errorText(`${id}-error`, error)}
        </div>`;
}
