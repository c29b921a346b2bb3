import type { CommitBody } from "./commit.ts";
import { entry } from "./onbehalf.ts";
import { adminLogin, type Target } from "./prepare.ts";
import { shellQuote } from "./steps.ts";

/** Where everything of the demo is. */
export interface Place {
  url: string;
  githubUrl: string;
  amocrmUrl: string;
  googleUrl: string;
  acmeUrl: string;
}

/** What a person can open and try while the demo stays up. */
export function lookAround(
  place: Place & { target: Target; folder: string },
  commit: { oid: string; key: string; next: CommitBody },
): string {
  const { url, githubUrl, amocrmUrl, googleUrl, acmeUrl, target, folder } = place;
  const { fullName, path } = target;
  return `Look around:
  onbehalf     ${url}/
               Press "Sign in with GitHub", pick ada (who is connected), grace (who isn't yet) or ${adminLogin} (who is an
               admin), and authorize.
  accounts     ${url}/accounts
               There are five to connect: GitHub, GitHub lite (a second App), amoCRM, Google and Acme ID.
  permissions  ${url}/permissions
  admin        ${url}/admin/accounts
               As ${adminLogin}: everybody's accounts, revocations, and what bots may be permitted at most.
  the commit   ${githubUrl}/${fullName}/commit/${commit.oid}
  GitHub       ${githubUrl}/
               /settings/apps/authorizations there ends what either App may do, and onbehalf hears of it.
  amoCRM       ${amocrmUrl}/
               Remove the integration there, in an account's settings, and onbehalf hears of it.
  Google       ${googleUrl}/
               Untick the calendar when you connect it, and see what onbehalf says; remove access there, and it hears.
  Acme ID      ${acmeUrl}/
               A company's own OpenID provider, also to sign in with: providers.yaml in the demo's folder describes it.
               It tells nobody when access is removed there: onbehalf finds out at the next refresh.
  repository   git --git-dir=${shellQuote(path)} log

Commit again as Ada, with the bot's key:
  ${curl(url, commit.key, commit.next)}

Run the README's commands as the operator, in the demo's folder; such as this one, which lists the bots:
  cd ${shellQuote(folder)} && ${shellQuote(process.execPath)} ${shellQuote(entry)} bots list

Ctrl-C stops everything and removes it.`;
}

function curl(url: string, key: string, body: CommitBody): string {
  return [
    `curl -sS ${url}/api/v1/commits`,
    `-H 'Authorization: Bearer ${key}'`,
    "-H 'Content-Type: application/json'",
    `-d ${shellQuote(JSON.stringify(body))}`,
  ].join(" ");
}
