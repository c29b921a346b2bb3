import { setTimeout as wait } from "node:timers/promises";
import { Browser, type Page } from "../test/harness/browser.ts";
import { DemoError } from "./demo-error.ts";

/** A person with a browser, who goes through onbehalf's and GitHub's real pages. */
export class Visitor {
  readonly #browser = new Browser();
  readonly #url: string;
  readonly #login: string;

  constructor(url: string, login: string) {
    this.#url = url;
    this.#login = login;
  }

  async signIn(): Promise<void> {
    const start = await this.#browser.open(`${this.#url}/`);
    await this.#authorize(await this.#browser.submit(start, "Sign in with GitHub"), "Connected accounts");
  }

  async connect(): Promise<void> {
    const accounts = await this.#browser.open(`${this.#url}/accounts`);
    await this.#authorize(await this.#browser.submit(accounts, "/connect/github"), "Connected. Bots that you permit");
  }

  /** Fills in the form on the permissions page. */
  async permit(botId: string, repository: string, capability: string | string[] = "commit"): Promise<void> {
    const permissions = await this.#browser.open(`${this.#url}/permissions`);
    const fields = { bot: botId, repositories: repository, capability };
    expect(await this.#browser.submit(permissions, "Let the bot act as you", fields), "Permitted.");
  }

  /** On GitHub's own settings page. onbehalf is not told by this browser, but by GitHub. */
  async revokeAtGithub(githubUrl: string): Promise<void> {
    const settings = await this.#browser.open(`${githubUrl}/settings/apps/authorizations?login=${this.#login}`);
    expect(await this.#browser.submit(settings, "Revoke"), `${this.#login} has authorized no app`);
  }

  /** Waits until the accounts page says that it has ended. */
  async untilEnded(signal: AbortSignal): Promise<void> {
    for (let tries = 0; tries < 1000; tries++) {
      const accounts = await this.#browser.open(`${this.#url}/accounts`);
      if (accounts.text.includes("You ended this access")) return;
      await wait(30, undefined, { signal });
    }
    throw new DemoError("onbehalf does not say that the authorisation, which was revoked at GitHub, has ended.");
  }

  /** GitHub's page asks who is there, and whether the app may. */
  async #authorize(consent: Page, result: string): Promise<void> {
    expect(consent, "would like permission to act on your behalf");
    const choice = { login: this.#login, action: "authorize" };
    expect(await this.#browser.submit(consent, "Authorize", choice), result);
  }
}

function expect(page: Page, words: string): void {
  if (page.status === 200 && page.text.includes(words)) return;
  const said = page.text.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
  throw new DemoError(`${new URL(page.url).pathname} answered ${page.status}, without "${words}":\n${said}`);
}
