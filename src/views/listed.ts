import { type Fragment, type Html, html } from "./html.ts";

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly Fragment[], conjunction = "and"): Html {
  return html`${items.map((item, index) => {
    if (index === 0) return item;
    return index === items.length - 1 ? html` ${conjunction} ${item}` : html`, ${item}`;
  })}`;
}
