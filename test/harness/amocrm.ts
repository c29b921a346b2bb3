import { type AmocrmSandbox, startAmocrm } from "../../sandbox/amocrm/index.ts";
import type { Environment } from "../../src/config/environment.ts";
import type { Browser, Page } from "./browser.ts";
import { type Stack, startStack } from "./stack.ts";

/** onbehalf with an amoCRM beside its GitHub. */
export interface AmocrmStage {
  stack: Stack;
  amocrm: AmocrmSandbox;
  /** Presses Connect and allows it as somebody of an account there. */
  connect(browser: Browser, who: string): Promise<Page>;
  /** The callback's address that amoCRM would send the browser to, before anybody follows it. */
  callback(browser: Browser, who: string): Promise<string>;
  /** Forgets what amoCRM was asked, its faults, and how much of the limit is used. */
  fresh(): Promise<void>;
  stop(): Promise<void>;
}

/** What an operator would set for it. */
export function amocrmEnvironment({ integration, webUrl }: AmocrmSandbox): Environment {
  const { clientId, clientSecret } = integration;
  return { AMOCRM_CLIENT_ID: clientId, AMOCRM_CLIENT_SECRET: clientSecret, AMOCRM_URL: webUrl };
}

/** What an operator would register there. */
export function registerAtAmocrm(amocrm: AmocrmSandbox, { url }: Pick<Stack, "url">): void {
  amocrm.setCallbackUrl(`${url}/connect/amocrm/callback`);
  amocrm.setHookUrl(`${url}/hooks/amocrm`);
}

export async function startAmocrmStage(): Promise<AmocrmStage> {
  const amocrm = await startAmocrm();
  const { clientId } = amocrm.integration;
  const stack = await startStack({ environment: amocrmEnvironment(amocrm) });
  registerAtAmocrm(amocrm, stack);
  const consent = async (browser: Browser) => {
    const accounts = await browser.open(`${stack.url}/accounts`);
    return browser.submit(accounts, "/connect/amocrm");
  };
  return {
    stack,
    amocrm,
    connect: async (browser, who) => browser.submit(await consent(browser), "Allow", { who, action: "allow" }),
    async callback(browser, who) {
      const page = await consent(browser);
      const hidden = /name="state" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
      const answer = await browser.request(`${amocrm.webUrl}/oauth/answer`, {
        method: "POST",
        body: new URLSearchParams({ client_id: clientId, state: hidden, who, action: "allow" }),
      });
      return answer.headers.get("location") ?? "";
    },
    async fresh() {
      amocrm.calls.length = 0;
      amocrm.faults.clear();
      await stack.database.query({ text: "UPDATE request_slots SET free_at = '-infinity'", values: [] });
      amocrm.limit.reset();
    },
    async stop() {
      await stack.stop();
      await amocrm.close();
    },
  };
}
