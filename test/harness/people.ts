import type { Person } from "../../sandbox/index.ts";
import type { Browser, Page } from "./browser.ts";
import type { ApiAnswer, Stack } from "./stack.ts";

let count = 0;

/** A person whom no other test knows. */
export function newcomer(stack: Stack, known: Partial<Person> = {}): { login: string; id: number } {
  const id = 880_001 + count++;
  const login = `person-${id}`;
  stack.sandbox.addPerson({
    login,
    id,
    name: `Person ${id}`,
    email: `${login}@example.com`,
    emailPrivate: true,
    ...known,
  });
  return { login: known.login ?? login, id: known.id ?? id };
}

/** A connected person with a repository, and a bot that may commit there. */
export interface Committer {
  login: string;
  id: number;
  userId: string;
  browser: Browser;
  /** What the connect ended on. */
  page: Page;
  key: string;
  repository: string;
  /** Lets the bot commit another file, with whatever the test changes about it. */
  commit(change?: Record<string, unknown>): Promise<ApiAnswer>;
}

export async function committer(stack: Stack, known: Partial<Person> = {}): Promise<Committer> {
  const { login, id } = newcomer(stack, known);
  const repository = `${login}/notes`;
  await stack.sandbox.addRepository(repository, { files: { "README.md": "Notes\n" } });
  stack.sandbox.setInstallation(login, "all");
  const { browser, page, userId } = await stack.connect(login);
  const { key } = await stack.bot(`bot-of-${login}`);
  await stack.delegate(`gh.${id}`, `bot-of-${login}`, [repository]);
  let files = 0;
  const commit = (change = {}) =>
    stack.commit(key, {
      user: `gh.${id}`,
      repository,
      changes: [{ path: `file-${files++}.txt`, content: "hello\n" }],
      ...change,
    });
  return { login, id, userId, browser, page, key, repository, commit };
}

/** How many tokens a person's grant has at GitHub; null: no grant. */
export function tokensAtGithub(stack: Stack, login: string): number | null {
  return stack.sandbox.grants().find((grant) => grant.login === login)?.tokens ?? null;
}

/** How often GitHub was asked to end a grant or a token, whatever it answered. */
export function endings(stack: Stack, what: "grant" | "token"): number {
  return stack.sandbox.requests.filter(({ method, path }) => method === "DELETE" && path.endsWith(`/${what}`)).length;
}
