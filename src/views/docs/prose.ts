import { type Html, html } from "../html.ts";

/** A text of ours in the little Markdown that it is written in: paragraphs, lists and `code`. */
export function prose(text: string): Html {
  const parts = text.split(/\n{2,}/).map((part) => {
    const lines = part.split("\n");
    return lines.every((line) => line.startsWith("- "))
      ? html`<ul class="points">${lines.map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`
      : html`<p>${inline(part)}</p>`;
  });
  return html`${parts}`;
}

/** A sentence, with its `code`. */
export function inline(text: string): Html {
  return html`${text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
