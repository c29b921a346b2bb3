import type { Actor } from "../http/caller.ts";
import type { UserToken } from "../oauth/user-tokens.ts";
import type { KnownPerson } from "./people.ts";
import type { Permission, Repository } from "./repositories.ts";
import type { World } from "./world.ts";

const ORDER: Permission[] = ["none", "read", "triage", "write", "maintain", "admin"];

export function atLeast(have: Permission, need: Permission): boolean {
  return ORDER.indexOf(have) >= ORDER.indexOf(need);
}

/** What a person may do in a repository, whatever the app may. */
export function personPermission(world: World, person: KnownPerson, repository: Repository): Permission {
  const owner = world.people.owner(repository.owner);
  if (owner?.id === person.id) return "admin";
  const organization = world.people.organization(repository.owner);
  const role = organization?.members.get(person.id);
  if (role === "admin") return "admin";
  const granted: Permission[] = [
    repository.private ? "none" : "read",
    (role && organization?.basePermission) ?? "none",
    repository.collaborators.get(person.id) ?? "none",
  ];
  return granted.sort((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a))[0] ?? "none";
}

/** What a caller's token lets it do: for a person what the app **and** the person may. */
export function actorPermission(world: World, actor: Actor, repository: Repository): Permission {
  if (actor.kind === "anonymous") return repository.private ? "none" : "read";
  const reached = reaches(world, actor, repository);
  if (!reached) return repository.private ? "none" : "read";
  if (actor.kind === "user") return personPermission(world, actor.person, repository);
  return actor.token.permissions.contents === "write" ? "write" : "read";
}

/** Whether the app, through this token, is installed on the repository. */
export function reaches(world: World, actor: Actor, repository: Repository): boolean {
  if (actor.kind === "anonymous" || !world.installations.covers(repository)) return false;
  if (actor.kind === "user") return withinToken(actor.token, repository);
  if (world.installations.on(repository.owner)?.id !== actor.token.installationId) return false;
  return actor.token.repositoryIds === null || actor.token.repositoryIds.has(repository.id);
}

function withinToken({ repositoryId, scoped }: UserToken, repository: Repository): boolean {
  if (repositoryId !== null && repositoryId !== repository.id) return false;
  if (!scoped) return true;
  if (scoped.owner.toLowerCase() !== repository.owner.toLowerCase()) return false;
  return scoped.repositoryIds === null || scoped.repositoryIds.has(repository.id);
}

export function canSee(world: World, actor: Actor, repository: Repository): boolean {
  return atLeast(actorPermission(world, actor, repository), "read");
}

/** What the app may do through this caller: what the owner accepted, or less for a limited token. */
export function grantedPermissions(world: World, actor: Actor, repository: Repository): Record<string, string> {
  if (actor.kind === "installation") return actor.token.permissions;
  if (actor.kind === "user" && actor.token.scoped) return actor.token.scoped.permissions;
  return world.installations.on(repository.owner)?.permissions ?? {};
}

export type WriteRefusal = "app" | "archived" | "person" | "sso";

/** Why a caller that sees a repository may not write to it, or null. */
export function writeRefusal(
  world: World,
  actor: Actor,
  repository: Repository,
  permission: "contents" | "pull_requests" = "contents",
): WriteRefusal | null {
  if (needsSso(world, actor, repository.owner)) return "sso";
  if (!reaches(world, actor, repository)) return "app";
  if (grantedPermissions(world, actor, repository)[permission] !== "write") return "app";
  if (actor.kind === "user" && !atLeast(personPermission(world, actor.person, repository), "write")) return "person";
  return repository.archived ? "archived" : null;
}

/** Whether a person's token has yet to pass the single sign-on of the organisation. */
export function needsSso(world: World, actor: Actor, owner: string): boolean {
  const organizations = world.switches.samlOrganizations.map((login) => login.toLowerCase());
  return actor.kind === "user" && organizations.includes(owner.toLowerCase());
}

/** The address where a token passes an organisation's single sign-on. */
export function ssoUrl(world: World, owner: string): string {
  return `${world.addresses.web}/orgs/${owner}/sso?authorization_request=SANDBOX`;
}

export const SSO_MESSAGE =
  "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.";
