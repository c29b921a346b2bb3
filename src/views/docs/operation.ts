import { type Html, html } from "../html.ts";
import { listed } from "../listed.ts";
import { type Field, fieldList } from "./fields.ts";
import { inline } from "./prose.ts";

export type Operation = {
  id: string;
  method: string;
  path: string;
  summary: string;
  description?: string | null;
  /** Names of the keys that it may be called with; none: it takes no key. */
  keys: readonly string[];
  parameters: readonly { place: string; fields: readonly Field[] }[];
  body?: { required: boolean; fields: readonly Field[]; example?: string | null } | null;
  answers: readonly { status: string; says: string; fields: readonly Field[] }[];
  problems: readonly { status: string; says: string; codes: readonly string[] }[];
};

/** One call: what it is for, who may make it, what it takes and what it answers. */
export function operationBox(operation: Operation): Html {
  const { id, method, path, summary, description, keys, parameters, body, answers, problems } = operation;
  return html`
    <article class="Box Operation" aria-labelledby="${id}">
      <div class="Box-row">
        <h3 id="${id}">${summary}</h3>
        <p><span class="Label">${method}</span> <code>${path}</code></p>
        ${description && html`<p>${inline(description)}</p>`}
        <p class="note">${keys.length > 0 ? html`With ${listed(keys, "or")}.` : "Takes no key."} In clients: <code>${id}</code>.</p>
      </div>${parameters.map(({ place, fields }) => part(place, fieldList(fields)))}${
        body &&
        part(
          body.required ? "Body" : "Body, which may be left out",
          html`${fieldList(body.fields)}${body.example && html`<pre class="Command" tabindex="0" role="region" aria-label="Example of a body for ${id}"><code>${body.example}</code></pre>`}`,
        )
      }${answers.map(({ status, says, fields }) => part(`${status} · ${says}`, fields.length > 0 && fieldList(fields)))}${
        problems.length > 0 && refusals(problems)
      }
    </article>`;
}

function part(title: string, content: Html | false): Html {
  return html`
      <div class="Box-row"><h4>${inline(title)}</h4>${content}</div>`;
}

function refusals(problems: Operation["problems"]): Html {
  return html`
      <div class="Box-row">
        <details>
          <summary>What it can be refused with</summary>
          <dl class="Refusals">${problems.map(
            ({ status, says, codes }) => html`
            <dt>${status} ${says}</dt>
            <dd>${codes.map((code) => html`<code>${code}</code> `)}</dd>`,
          )}
          </dl>
        </details>
      </div>`;
}
