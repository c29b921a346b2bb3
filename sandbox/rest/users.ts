import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { requireActor, requirePerson } from "../http/require-actor.ts";
import { notAccessible, notFound } from "../http/rest-error.ts";
import { type Account, accountById, accountByLogin } from "../world/accounts.ts";
import type { World } from "../world/world.ts";
import { publicUser, simpleUser } from "./user-body.ts";

type Schemas = components["schemas"];

/** `/user`, `/users/{login}`, `/user/{id}` and memberships of organisations. */
export function routeUsers(server: FastifyInstance, world: World): void {
  server.get(
    "/user",
    async (request): Promise<Schemas["public-user"]> => publicUser(world, requirePerson(world, request)),
  );

  server.get<{ Params: { login: string } }>("/users/:login", async (request): Promise<Schemas["public-user"]> => {
    requireActor(world, request);
    const { login } = request.params;
    const person = world.people.byLogin(login);
    if (person) return publicUser(world, person);
    return notAPerson(world, accountByLogin(world, login));
  });

  server.get<{ Params: { id: string } }>("/user/:id", async (request): Promise<Schemas["public-user"]> => {
    requireActor(world, request);
    const person = world.people.byId(Number(request.params.id));
    if (person) return publicUser(world, person);
    return notAPerson(world, accountById(world, Number(request.params.id)));
  });

  server.get<{ Params: { org: string } }>(
    "/user/memberships/orgs/:org",
    async (request): Promise<Schemas["org-membership"]> => {
      const person = requirePerson(world, request);
      const organization = world.people.organization(request.params.org);
      if (!world.switches.membershipsShown) throw notAccessible();
      const role = organization?.members.get(person.id);
      if (!organization || !role) throw notFound();
      const { api } = world.addresses;
      const url = `${api}/orgs/${organization.login}`;
      const owner = simpleUser(world, { ...organization, type: "Organization" });
      return {
        url: `${url}/memberships/${person.login}`,
        state: "active",
        role,
        organization_url: url,
        organization: {
          login: organization.login,
          id: organization.id,
          node_id: owner.node_id,
          url,
          repos_url: `${url}/repos`,
          events_url: `${url}/events`,
          hooks_url: `${url}/hooks`,
          issues_url: `${url}/issues`,
          members_url: `${url}/members{/member}`,
          public_members_url: `${url}/public_members{/member}`,
          avatar_url: owner.avatar_url,
          description: null,
        },
        user: simpleUser(world, person),
      };
    },
  );
}

function notAPerson(world: World, account: Account | null): Schemas["public-user"] {
  if (!account) throw notFound();
  const nobody = { login: account.login, id: account.id, name: null, email: "", emailPrivate: true };
  return { ...publicUser(world, nobody), type: account.type };
}
