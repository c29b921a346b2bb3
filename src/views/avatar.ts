import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { webAddress } from "./web-address.ts";

/** A person's picture, decorative: the login is always written beside it. Without one, a placeholder of its size. */
export function avatar(url: string | null | undefined, size: 20 | 40): Html {
  const source = webAddress(url);
  if (!source)
    return html`<span class="avatar avatar-${size} avatar-none">${icon("person", size === 20 ? 16 : 24)}</span>`;
  return html`<img class="avatar avatar-${size}" src="${source}" width="${size}" height="${size}" alt="" referrerpolicy="no-referrer">`;
}

/** "@ada"; an e-mail address or a name, which some providers have for a login, is left as it is. */
export function handle(login: string): string {
  return /^[\w.-]+$/.test(login) ? `@${login}` : login;
}
