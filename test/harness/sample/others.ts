import { Browser } from "../browser.ts";
import type { Stack } from "../stack.ts";
import type { SampleBots } from "./bots.ts";

/** A host platform, to which connect links lead back. */
export const platformOrigin = "https://platform.example";

/**
 * Others than Ada: somebody whose authorisation GitHub does not end for now, somebody deactivated, and links of the host
 * platform.
 */
export async function sampleOthers(
  stack: Stack,
  { platform: { key } }: SampleBots,
  ada: Browser,
): Promise<{ connectLink: string; confirmation: string }> {
  const ask = async (method: string, path: string, body: object) => {
    const answer = await stack.call(method, `/api/v1${path}`, { key, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await ask("PUT", "/users/ext.new-one", {});

  const linus = await stack.connect("linus");
  stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, times: 1000, respond: { status: 503 } });
  const accounts = await linus.browser.open(`${stack.url}/accounts`);
  await linus.browser.submit(accounts, "/accounts/github/disconnect");
  stack.sandbox.faults.clear();
  await stack.database.query({
    text: "UPDATE pending_revocations SET next_attempt_at = now() + interval '1 day' WHERE state = 'pending'",
    values: [],
  });

  const mallory = await stack.signIn("mallory", new Browser());
  await mallory.browser.open(`${stack.url}/sessions`);
  await ask("POST", "/users/gh.9919314/deactivate", {});

  const wish = { provider: "github", return_to: `${platformOrigin}/connected` };
  const link = await ask("POST", "/users/ext.new-one/connect-links", wish);
  const own = await ask("POST", "/users/gh.583231/connect-links", { provider: "github-lite" });
  const asked = await ada.open(String(own.url));
  const consent = await ada.submit(asked, "Continue to GitHub lite");
  const held = await ada.submit(consent, "Authorize", { login: "ada", action: "authorize" });
  return { connectLink: String(link.url), confirmation: held.url };
}
