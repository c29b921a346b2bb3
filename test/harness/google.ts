import {
  type OpenidOptions,
  type OpenidPerson,
  type OpenidProvider,
  startOpenidProvider,
} from "../../sandbox/openid/index.ts";
import type { Environment } from "../../src/config/read-config.ts";
import type { Account } from "../../src/store/accounts/account.ts";
import { readUserAccount } from "../../src/store/accounts/read-account.ts";
import type { Browser, Page } from "./browser.ts";
import { duringFile } from "./during-file.ts";
import { newcomer } from "./people.ts";
import { type Stack, startStack } from "./stack.ts";

export const calendar = "https://www.googleapis.com/auth/calendar";
export const readCalendar = `${calendar}.readonly`;

let people = 0;

/** onbehalf with a Google of our own. */
export interface GoogleStack extends Stack {
  google: OpenidProvider;
  /** A person whom no other test knows, signed in with GitHub in a browser of their own, and known to Google as `sub`. */
  person(known?: Partial<OpenidPerson>): Promise<{ browser: Browser; userId: string; sub: string }>;
  /** Their account at Google, as it is stored. */
  googleAccount(userId: string): Promise<Account | null>;
  /** Goes to Google and allows everything but `refuse`, from a page with the button. */
  connectGoogle(browser: Browser, sub: string, how?: { refuse?: string[]; scope?: string[] }): Promise<Page>;
}

interface GoogleStackOptions {
  environment?: Environment;
  google?: Partial<OpenidOptions>;
}

/** One for all tests of a file. */
export function useGoogleStack(options: GoogleStackOptions = {}): GoogleStack {
  return duringFile(
    () => startGoogleStack(options),
    (stack) => stack.stop(),
  );
}

const client = { clientId: "onbehalf-at-google", clientSecret: "a secret of Google's" };

export async function startGoogle(options: Partial<OpenidOptions> = {}): Promise<OpenidProvider> {
  return startOpenidProvider({ shape: "google", clients: [{ ...client, redirectUris: [] }], ...options });
}

/** What an operator would set for it. */
export function googleEnvironment({ issuer }: OpenidProvider): Environment {
  return {
    GOOGLE_CLIENT_ID: client.clientId,
    GOOGLE_CLIENT_SECRET: client.clientSecret,
    GOOGLE_ISSUER: issuer,
    GOOGLE_SCOPES: `openid,email,profile,${readCalendar}`,
    GOOGLE_REQUIRED_SCOPES: readCalendar,
    GOOGLE_OPTIONAL_SCOPES: `${calendar},https://www.googleapis.com/auth/drive.file`,
  };
}

/** What an operator would register there. */
export function registerAtGoogle(google: OpenidProvider, { url }: Pick<Stack, "url">): void {
  google.setRedirectUris(client.clientId, [`${url}/connect/google/callback`]);
}

async function startGoogleStack(options: GoogleStackOptions): Promise<GoogleStack> {
  const google = await startGoogle(options.google);
  const stack = await startStack({ environment: { ...googleEnvironment(google), ...options.environment } });
  registerAtGoogle(google, stack);
  return {
    ...stack,
    google,
    async stop() {
      await stack.stop();
      await google.close();
    },
    googleAccount: (userId: string) => readUserAccount(stack.database, { userId, provider: "google" }),
    async person(known: Partial<OpenidPerson> = {}) {
      const { login } = newcomer(stack);
      people += 1;
      const sub = `2000000000000000${String(people).padStart(5, "0")}`;
      google.people.push({
        sub,
        email: `${login}@example.com`,
        emailVerified: true,
        name: `Person ${people}`,
        ...known,
      });
      const { browser } = await stack.signIn(login);
      const { rows } = await stack.database.query<{ user_id: string }>({
        text: "SELECT user_id FROM identities WHERE provider = 'github' AND login = $1",
        values: [login],
      });
      return { browser, userId: rows[0]?.user_id ?? "", sub: known.sub ?? sub };
    },
    async connectGoogle(
      browser: Browser,
      sub: string,
      { refuse = [], scope = [] }: { refuse?: string[]; scope?: string[] } = {},
    ) {
      const consent = await browser.post(`${stack.url}/connect/google`, { scope }, `${stack.url}/accounts`);
      const unticked = Object.fromEntries(refuse.map((one) => [`scope:${one}`, []]));
      return browser.submit(consent, "Allow", { sub, action: "allow", ...unticked });
    },
  };
}
