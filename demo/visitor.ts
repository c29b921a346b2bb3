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
    await this.#authorize(await this.#browser.submit(accounts, "Connect GitHub"), "Connected. Bots that you permit");
  }

  /** Fills in the form on the permissions page. */
  async permit(botId: string, repository: string, capability: string | string[] = "commit"): Promise<void> {
    const permissions = await this.#browser.open(`${this.#url}/permissions`);
    const fields = { bot: botId, repositories: repository, capability };
    expect(await this.#browser.submit(permissions, "Let the bot act as you", fields), "Permitted.");
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
