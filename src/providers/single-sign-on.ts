import { Problem } from "../errors.ts";

interface Answer {
  header(name: string): string | undefined;
  message: string;
}

const headerName = "x-github-sso";

/**
 * An organisation's SAML single sign-on keeps a token out: its own result, never a lost connection (facts/github.md, 5).
 * Its address counts on GitHub's own host alone, since people are sent there.
 * @param answer a refusal, which may have another reason
 * @param options.webUrl where GitHub's pages are
 * @returns null when it has another reason; without `actionUrl` GitHub gave no address that counts
 */
export function singleSignOnRequired(answer: Answer, options: { webUrl: string }, cause?: unknown): Problem | null {
  const header = answer.header(headerName) ?? "";
  if (!/^required\b/.test(header) && !/\bSAML enforcement\b/.test(answer.message)) return null;
  const url = /\burl=([^;\s]+)/.exec(header)?.[1];
  return ssoRequired(url !== undefined && isAt(url, options.webUrl) ? url : null, cause);
}

/** The problem that a person mends at that address. */
export function ssoRequired(url: string | null, cause?: unknown): Problem {
  return new Problem(
    "sso_required",
    "The organisation asks for single sign-on: open the address in action_url, sign in there, then connect GitHub again.",
    { ...(url === null ? {} : { actionUrl: url }), cause },
  );
}

/** Numbers of the organisations of which an answer leaves something out, for want of their single sign-on. */
export function leftOutOrganizations(header: Answer["header"]): string[] {
  const listed = /^partial-results\b.*\borganizations=([\d, ]+)/.exec(header(headerName) ?? "")?.[1] ?? "";
  return listed.split(",").flatMap((id) => id.trim() || []);
}

function isAt(url: string, webUrl: string): boolean {
  return URL.canParse(url) && new URL(url).origin === new URL(webUrl).origin;
}
