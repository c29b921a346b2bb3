import { Browser } from "./browser.ts";

/**
 * What a person does at the sandbox's OpenID provider, for tests without pages of ours behind the callback.
 * @param how.refuse scopes that they untick
 * @returns the callback's address
 */
export async function consent(
  address: string,
  how: { redirectUri: string; sub: string; refuse?: string[] },
): Promise<URL> {
  const browser = new Browser();
  const page = await browser.open(address);
  const form = new URLSearchParams({ sub: how.sub, action: "allow" });
  for (const [, name = ""] of page.text.matchAll(/name="(scope:[^"]+)"/g)) form.append(name, "on");
  for (const scope of how.refuse ?? []) form.delete(`scope:${scope}`);
  const action = new URL(/action="([^"]+)"/.exec(page.text)?.[1] ?? "", page.url).href;
  let last = await browser.request(action, { method: "POST", body: form });
  for (let hop = 0; hop < 3; hop++) {
    const location = last.headers.get("location") ?? "";
    if (location.startsWith(how.redirectUri)) return new URL(location);
    last = await browser.request(new URL(location, last.url).href);
  }
  throw new Error(`it did not come back: ${last.status} ${last.text}`);
}
