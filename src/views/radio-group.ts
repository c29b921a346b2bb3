import { describedBy, errorText } from "./field.ts";
import { type Html, html } from "./html.ts";

export type RadioOption = { value: string; label: string; note: Html };

export type RadioGroupProps = {
  /** The field's name; ids are made from it. */
  name: string;
  legend: string;
  hint?: Html;
  error?: string | null;
  options: readonly RadioOption[];
  chosen: string | null;
};

/** One of several, each with what it means. */
export function radioGroup({ name, legend, hint, error, options, chosen }: RadioGroupProps): Html {
  const rows = options.map(
    ({ value, label, note }) => html`
            <li><input type="radio" id="${name}-${value}" name="${name}" value="${value}" required aria-describedby="${name}-${value}-note"${value === chosen && html` checked`}>
              <div><label for="${name}-${value}">${label}</label><p class="note" id="${name}-${value}-note">${note}</p></div></li>`,
  );
  return html`
        <fieldset class="FormControl${error && " FormControl-invalid"}"${describedBy(name, hint !== undefined, Boolean(error))}>
          <legend>${legend}</legend>
          ${hint && html`<p class="note" id="${name}-hint">${hint}</p>`}
          <ul class="checkboxes" role="list">${rows}
          </ul>
          ${errorText(`${name}-error`, error)}
        </fieldset>`;
}
