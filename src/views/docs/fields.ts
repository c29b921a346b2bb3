import { type Html, html } from "../html.ts";
import { inline } from "./prose.ts";

export type Field = {
  name: string;
  /** In words, such as "text" or "list". */
  type: string;
  required: boolean;
  says?: string | null;
  /** What it consists of. */
  fields: readonly Field[];
};

/** Fields, those that they consist of within them. */
export function fieldList(fields: readonly Field[]): Html {
  return html`<ul class="Fields" role="list">${fields.map(oneField)}</ul>`;
}

function oneField({ name, type, required, says, fields }: Field): Html {
  return html`
          <li>
            <p><code>${name}</code> <span class="Fields-type">${inline(type)}</span>${required && html` <span class="Label">required</span>`}</p>${
              says &&
              html`
            <p class="Fields-says">${inline(says)}</p>`
            }${fields.length > 0 && fieldList(fields)}
          </li>`;
}
