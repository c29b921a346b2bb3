import type { CommitBody } from "./commit.ts";
import { entry } from "./onbehalf.ts";
import { adminLogin, type Target } from "./prepare.ts";
import { shellQuote } from "./steps.ts";

/** What a person can open and try while the demo stays up. */
export function lookAround(
  place: { url: string; githubUrl: string; amocrmUrl: string; googleUrl: string; target: Target; folder: string },
  commit: { oid: string; key: string; next: CommitBody },
): string {
  const { url, githubUrl, amocrmUrl, googleUrl, target, folder } = place;
  const { fullName, path } = target;
  return `Look around:
  onbehalf     ${url}/
               Press "Sign in with GitHub", pick ada (who is connected), grace (who isn't yet) or ${adminLogin} (who is an
               admin), and authorize.
               "Sign in with Acme ID" is a company's own OpenID provider, which providers.yaml in the demo's folder describes.
  accounts     ${url}/accounts
  permissions  ${url}/permissions
  admin        ${url}/admin/accounts
               As ${adminLogin}: everybody's accounts, revocations, and what bots may be permitted at most.
  the commit   ${githubUrl}/${fullName}/commit/${commit.oid}
  GitHub       ${githubUrl}/
  amoCRM       ${amocrmUrl}/
               Connect it on the accounts page; remove it there in an account's settings, and see onbehalf hear of it.
  Google       ${googleUrl}/
               Connect it on the accounts page, untick the calendar, and see what onbehalf says; remove access there.
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
