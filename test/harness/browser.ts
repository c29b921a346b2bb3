/**
 * What a browser does with plain pages, without one: cookies per host, redirects, forms with their hidden fields,
 * and the headers that tell where a form comes from.
 */
export interface Page {
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

let browsers = 0;

export class Browser {
  /** Each browser has an address of its own, so that the limit for one address is no limit for a file of tests. */
  readonly address = `10.9.${Math.floor(browsers / 250)}.${(browsers++ % 250) + 1}`;
  readonly #cookies = new Map<string, Map<string, string>>();
  /** Every answer that this browser saw, for tests that look for what must not be there. */
  readonly seen: Page[] = [];

  /** Opens an address and follows redirects. */
  async open(url: string): Promise<Page> {
    return this.#send(url, { method: "GET" });
  }

  /** Sends a form of a page as that page's own, and follows redirects. */
  async post(url: string, fields: Record<string, string | string[]> = {}, from = url): Promise<Page> {
    const body = new URLSearchParams();
    for (const [name, values] of Object.entries(fields)) {
      for (const value of [values].flat()) body.append(name, value);
    }
    const sameOrigin = new URL(url).origin === new URL(from).origin;
    return this.#send(url, {
      method: "POST",
      body,
      headers: { origin: "null", "sec-fetch-site": sameOrigin ? "same-origin" : "cross-site" },
    });
  }

  /** Presses a page's button: the form whose action or button has this text, with the fields given on top of its own. */
  async submit(page: Page, button: string, fields: Record<string, string | string[]> = {}): Promise<Page> {
    const form = findForm(page.text, button);
    const action = new URL(form.action, page.url).href;
    return this.post(action, { ...form.fields, ...fields }, page.url);
  }

  cookies(url: string): string {
    const host = new URL(url).host;
    return [...(this.#cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  setCookies(url: string, cookies: string): void {
    const jar = new Map(
      cookies.split("; ").map((cookie) => [cookie.split("=")[0] ?? "", cookie.replace(/^[^=]*=/, "")]),
    );
    this.#cookies.set(new URL(url).host, jar);
  }

  /** One request, its redirect not followed. */
  async request(url: string, init: RequestInit = {}): Promise<Page> {
    const cookie = this.cookies(url);
    const headers = new Headers(init.headers);
    headers.set("x-forwarded-for", this.address);
    if (cookie) headers.set("cookie", cookie);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    this.#keep(url, response);
    const page = { url, status: response.status, headers: response.headers, text: await response.text() };
    this.seen.push(page);
    return page;
  }

  async #send(url: string, init: RequestInit): Promise<Page> {
    let page = await this.request(url, init);
    for (let hop = 0; hop < 10 && page.status >= 300 && page.status < 400; hop++) {
      const location = page.headers.get("location");
      if (!location) break;
      page = await this.request(new URL(location, page.url).href);
    }
    return page;
  }

  #keep(url: string, response: Response): void {
    const host = new URL(url).host;
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    this.#cookies.set(host, jar);
  }
}

function findForm(text: string, button: string): { action: string; fields: Record<string, string> } {
  for (const [, attributes = "", inside = ""] of text.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const words = inside.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
    const action = decode(/action="([^"]*)"/.exec(attributes)?.[1] ?? "");
    if (!words.includes(button) && action !== button) continue;
    const fields: Record<string, string> = {};
    for (const [, field = ""] of inside.matchAll(/<input\b([^>]*)>/g)) {
      const name = /name="([^"]*)"/.exec(field)?.[1];
      const kind = /type="([^"]*)"/.exec(field)?.[1];
      if (name && (kind === "hidden" || kind === "text" || / checked/.test(field))) {
        fields[decode(name)] = decode(/value="([^"]*)"/.exec(field)?.[1] ?? "");
      }
    }
    return { action, fields };
  }
  throw new Error(`the page has no form with "${button}": ${text.slice(0, 2000)}`);
}

function decode(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#x27;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
