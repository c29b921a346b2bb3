import type { Page as Tab } from "playwright-core";

/** On GitHub's page: says who they are, and authorises the app. */
export async function authorise(tab: Tab, login: string): Promise<void> {
  await tab.locator(`input[name=login][value="${login}"]`).check();
  await tab.getByRole("button", { name: /^Authorize / }).click();
}

/** Signs in, from the first page. */
export async function signIn(tab: Tab, url: string, login: string): Promise<void> {
  await tab.goto(url);
  await tab.getByRole("button", { name: "Sign in with GitHub" }).click();
  await authorise(tab, login);
  await tab.waitForURL(`${url}/accounts`);
}

/** Connects GitHub, from the accounts page. */
export async function connectGithub(tab: Tab, url: string, login: string): Promise<void> {
  await tab.goto(`${url}/accounts`);
  await tab.getByRole("button", { name: "Connect GitHub", exact: true }).click();
  await authorise(tab, login);
  await tab.waitForURL(`${url}/accounts?done=connected`);
}
