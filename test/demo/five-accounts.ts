import { expect } from "vitest";
import { localhostFetch } from "../../src/providers/localhost.ts";
import type { Browser, Page } from "../harness/browser.ts";

/** What the demo prints of where everything is, by the name in its first column. */
export type Addresses = Map<string, string>;

const five = ["acme", "amocrm", "github", "github-lite", "google"];

/** Connects all five on the accounts page, as whoever the provider's own page names first. */
export async function connectFive(browser: Browser, addresses: Addresses, login: string): Promise<void> {
  for (const id of five) {
    const consent = await browser.submit(await accounts(browser, addresses), `/connect/${id}`);
    const page = id.startsWith("github")
      ? await browser.submit(consent, "Authorize", { login, action: "authorize" })
      : await browser.submit(consent, "Allow", { ...firstPerson(consent), action: "allow" });
    expect(page.text).toContain("Connected. Bots that you permit");
  }
  expect(await connected(browser, addresses)).toEqual(five);
}

/** Ends what can be told of at the providers, and the others on the accounts page. */
export async function endFive(browser: Browser, addresses: Addresses, login: string): Promise<void> {
  const settings = await browser.open(`${at(addresses, "GitHub")}settings/apps/authorizations?login=${login}`);
  const apps = [...settings.text.matchAll(/name="app" value="([^"]*)"/g)].map(([, app = ""]) => app);
  expect(apps).toHaveLength(2);
  for (const app of apps) await browser.submit(settings, "Revoke", { app });
  await browser.submit(await browser.open(at(addresses, "Google")), "Remove access");
  const start = await browser.open(at(addresses, "amoCRM"));
  const there = /href="(http:[^"]*\/settings\/widgets\/)"/.exec(start.text)?.[1] ?? "";
  expect((await localhostFetch(fetch)(new URL("uninstall", there), { method: "POST" })).status).toBe(200);
  await expect.poll(() => connected(browser, addresses), { timeout: 30_000 }).toEqual(["acme"]);
  await browser.submit(await accounts(browser, addresses), "/accounts/acme/disconnect");
  expect(await connected(browser, addresses)).toEqual([]);
  expect((await browser.open(at(addresses, "Acme ID"))).text).toContain("Nobody has given anybody anything.");
}

function at(addresses: Addresses, name: string): string {
  const address = addresses.get(name);
  if (!address) throw new Error(`the demo prints no address of ${name}`);
  return address;
}

const accounts = (browser: Browser, addresses: Addresses) => browser.open(at(addresses, "accounts"));

async function connected(browser: Browser, addresses: Addresses): Promise<string[]> {
  const { text } = await accounts(browser, addresses);
  return [...text.matchAll(/action="\/accounts\/([^"/]+)\/disconnect"/g)].map(([, id = ""]) => id).toSorted();
}

function firstPerson({ text }: Page): Record<string, string> {
  const [, name = "", value = ""] = /<input type="radio" name="(\w+)" value="([^"]*)"/.exec(text) ?? [];
  return { [name]: value };
}
