import { Browser, type Page } from "../browser.ts";
import type { FiveProviders } from "../five-providers.ts";
import type { SampleBots } from "./bots.ts";

/** Ada: an account at each provider, permissions, and three browsers. */
export async function sampleMember(
  { stack }: FiveProviders,
  bots: SampleBots,
): Promise<{ browser: Browser; userId: string; delegationId: string }> {
  const { browser, userId } = await stack.connect("ada");
  const sub = "100000000000000000001";
  const ways: Record<string, (page: Page) => Promise<Page>> = {
    // Without the calendar, which it requires: the account is limited.
    google: (page) => browser.submit(page, "Allow", { sub, action: "allow", ...refused(page) }),
    amocrm: (page) => browser.submit(page, "Allow", { who: "30111222:9001", action: "allow" }),
    acme: (page) => browser.submit(page, "Allow", { sub, action: "allow" }),
  };
  for (const [provider, consent] of Object.entries(ways)) {
    const accounts = await browser.open(`${stack.url}/accounts`);
    const page = await consent(await browser.submit(accounts, `/connect/${provider}`));
    if (!page.url.includes("done=connected")) throw new Error(`${provider} was not connected: ${page.url}`);
  }
  const delegationId = await stack.delegate(
    "gh.583231",
    bots.deploy.name,
    ["acme/site", "ada/notes"],
    ["main", "release/*"],
  );
  await stack.delegate("gh.583231", bots.docs.name, ["acme/*"], ["*"], ["commit", "push"]);
  for (const _another of ["phone", "work"]) await stack.signIn("ada", new Browser());
  await stack.database.query({
    text: `UPDATE browser_sessions b SET browser = each.browser
      FROM (SELECT id, (ARRAY['Firefox on Linux', 'Safari on iOS', 'Chrome on Windows'])[row_number() OVER (ORDER BY created_at)] AS browser
        FROM browser_sessions WHERE user_id = $1) AS each WHERE each.id = b.id`,
    values: [userId],
  });
  return { browser, userId, delegationId };
}

function refused({ text }: Page): Record<string, string[]> {
  const scopes = [...text.matchAll(/name="(scope:[^"]*calendar[^"]*)"/g)].map(([, name = ""]) => name);
  return Object.fromEntries(scopes.map((name) => [name, []]));
}
