import type { Browser, Page } from "./browser.ts";
import type { Stack } from "./stack.ts";

/** A sign-in or connect that stands at GitHub's answer, which the browser has not taken back yet. */
export interface Answered {
  /** GitHub's page, as onbehalf asked for it. */
  asked: URL;
  /** onbehalf's callback, with what GitHub put into it. */
  callback: URL;
}

export interface Asking {
  login: string;
  action?: "authorize" | "cancel";
  /** Fields of GitHub's form to change, such as the code challenge. */
  fields?: Record<string, string>;
  /** Fields of onbehalf's own form. */
  form?: Record<string, string>;
}

/** What a browser says about a form of onbehalf's own pages. */
export const ownForm = { origin: "null", "sec-fetch-site": "same-origin" };

/** Goes from onbehalf's form to GitHub and answers there, and stops before the callback. */
export async function answerGithub(
  stack: Stack,
  browser: Browser,
  path: "/sign-in/github" | "/connect/github" | "/connect/github-lite",
  { login, action = "authorize", fields = {}, form = {} }: Asking,
): Promise<Answered> {
  const body = new URLSearchParams(form);
  const started = await browser.request(`${stack.url}${path}`, { method: "POST", headers: ownForm, body });
  const asked = location(started);
  const shown = new URLSearchParams([...asked.searchParams].filter(([name]) => name !== "prompt"));
  for (const [name, value] of Object.entries({ ...fields, login, action })) shown.set(name, value);
  const answered = await browser.request(`${stack.sandbox.webUrl}/login/oauth/authorize`, {
    method: "POST",
    body: shown,
  });
  return { asked, callback: location(answered) };
}

/** Where a page leads to. */
export function location(page: Page): URL {
  const target = page.headers.get("location");
  if (!target) throw new Error(`no redirect but ${page.status}: ${page.text.slice(0, 2000)}`);
  return new URL(target, page.url);
}

/** The stable code that a refusal's page shows. */
export function codeOf(page: Page): string | undefined {
  return /Code: <code>([^<]*)<\/code>/.exec(page.text)?.[1];
}
