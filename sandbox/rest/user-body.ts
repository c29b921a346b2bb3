import type { components } from "@octokit/openapi-types";
import { nodeId } from "../graphql/node-id.ts";
import type { KnownPerson } from "../world/people.ts";
import type { World } from "../world/world.ts";

type Schemas = components["schemas"];

/** Anybody who can own something, in short. */
export function simpleUser(world: World, owner: { login: string; id: number; type?: string }): Schemas["simple-user"] {
  const { api, web } = world.addresses;
  const url = `${api}/users/${owner.login}`;
  return {
    login: owner.login,
    id: owner.id,
    node_id: nodeId("user", String(owner.id)),
    avatar_url: `${web}/avatars/${owner.id}.svg`,
    gravatar_id: "",
    url,
    html_url: `${web}/${owner.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: owner.type ?? "User",
    site_admin: false,
  };
}

/** A person as everybody sees them: a private e-mail is null, also to its owner's app. */
export function publicUser(world: World, person: KnownPerson): Schemas["public-user"] {
  return {
    ...simpleUser(world, person),
    name: person.name,
    company: null,
    blog: "",
    location: null,
    email: person.emailPrivate ? null : person.email,
    hireable: null,
    bio: null,
    public_repos: world.repositories.ownedBy(person.login).filter((repository) => !repository.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: "2012-02-03T04:05:06Z",
    updated_at: "2026-01-02T03:04:05Z",
  };
}

/** The app's bot user. */
export function botUser(world: World): Schemas["simple-user"] {
  return simpleUser(world, { ...world.bot, type: "Bot" });
}
