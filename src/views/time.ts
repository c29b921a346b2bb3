import { type Html, html } from "./html.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A moment in UTC, the same on every server whatever its locale and time zone; the exact time is in the title. */
export function time(date: Date): Html {
  const iso = date.toISOString();
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return html`<time datetime="${iso}" title="${iso}">${day}, ${iso.slice(11, 16)} UTC</time>`;
}
