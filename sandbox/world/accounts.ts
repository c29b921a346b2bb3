import type { World } from "./world.ts";

/** Whatever has a login and a number: a person, an organisation, the app's bot user, GitHub itself. */
export interface Account {
  login: string;
  id: number;
  type: "User" | "Organization" | "Bot";
}

// The account behind noreply@github.com, GitHub's own address as a committer.
const WEB_FLOW: Account = { login: "web-flow", id: 19864447, type: "User" };

export function accountByLogin(world: World, login: string): Account | null {
  const wanted = login.toLowerCase();
  return (
    world.people.owner(login) ?? [...bots(world), WEB_FLOW].find((one) => one.login.toLowerCase() === wanted) ?? null
  );
}

export function accountById(world: World, id: number): Account | null {
  const person = world.people.byId(id);
  if (person) return { login: person.login, id, type: "User" };
  const organization = world.people.organizations().find((one) => one.id === id);
  if (organization) return { login: organization.login, id, type: "Organization" };
  return [...bots(world), WEB_FLOW].find((one) => one.id === id) ?? null;
}

/** Whose address it is in a commit. The bot's has its user's number in it, never the app's. */
export function accountByEmail(world: World, email: string): Account | null {
  if (email === "noreply@github.com") return WEB_FLOW;
  const noreplyId = /^(\d+)\+.*@users\.noreply\.github\.com$/.exec(email)?.[1];
  const bot = bots(world).find(({ id }) => id === Number(noreplyId));
  if (bot) return bot;
  const person = world.people.byEmail(email);
  return person ? { login: person.login, id: person.id, type: "User" } : null;
}

function bots(world: World): Account[] {
  return world.apps.map(({ bot }) => ({ ...bot, type: "Bot" }));
}
