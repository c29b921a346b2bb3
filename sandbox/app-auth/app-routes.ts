import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { requireActor, requireApp, requirePerson } from "../http/require-actor.ts";
import { notAccessible, notFound, RestError, unprocessable } from "../http/rest-error.ts";
import { repositoryBody } from "../rest/repository-body.ts";
import { actorPermission, atLeast, personPermission, reaches } from "../world/access.ts";
import type { Installation } from "../world/installations.ts";
import type { World } from "../world/world.ts";
import { appBody } from "./app-body.ts";
import { installationBody } from "./installation-body.ts";

const limitsShape = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});
type Names = { Params: { owner: string; repo: string } };

/** What an app asks about itself and where it is installed, and its installation tokens. */
export function routeAppAuth(server: FastifyInstance, world: World): void {
  server.get("/app", async (request) => {
    requireApp(world, request);
    return appBody(world);
  });

  server.get("/app/installations", async (request) => {
    requireApp(world, request);
    return world.installations.list().map((installation) => installationBody(world, installation));
  });

  server.get<{ Params: { id: string } }>("/app/installations/:id", async (request) => {
    requireApp(world, request);
    return installationBody(world, found(world.installations.byId(Number(request.params.id))));
  });

  server.get<Names>("/repos/:owner/:repo/installation", async (request) => {
    requireApp(world, request);
    const repository = world.repositories.find(request.params.owner, request.params.repo);
    if (!repository || !world.installations.covers(repository)) throw notFound();
    return installationBody(world, found(world.installations.on(repository.owner)));
  });

  for (const [kind, type] of [
    ["orgs", "Organization"],
    ["users", "User"],
  ] as const) {
    server.get<{ Params: { owner: string } }>(`/${kind}/:owner/installation`, async (request) => {
      requireApp(world, request);
      const installation = found(world.installations.on(request.params.owner));
      if (installation.ownerType !== type) throw notFound();
      return installationBody(world, installation);
    });
  }

  server.post<{ Params: { id: string } }>("/app/installations/:id/access_tokens", async (request, reply) => {
    requireApp(world, request);
    const installation = found(world.installations.byId(Number(request.params.id)));
    if (installation.suspendedAt !== null) throw new RestError(403, "This installation has been suspended");
    const asked = limitsShape.safeParse(request.body ?? {});
    if (!asked.success) throw unprocessable("Invalid request.");
    const repositoryIds = limitRepositories(world, installation, asked.data);
    const permissions = limitPermissions(installation, asked.data.permissions);
    const issued = world.installationTokens.issue({ installationId: installation.id, repositoryIds, permissions });
    const limited = repositoryIds !== null || installation.selection !== "all";
    return reply.code(201).send({
      token: issued.token,
      expires_at: new Date(issued.expiresAt).toISOString().replace(/\.\d+Z/, "Z"),
      permissions,
      repository_selection: limited ? "selected" : "all",
    });
  });

  server.get("/installation/repositories", async (request) => {
    const actor = requireActor(world, request);
    if (actor.kind !== "installation") throw notAccessible();
    const repositories = world.repositories.list().filter((repository) => reaches(world, actor, repository));
    return {
      total_count: repositories.length,
      repository_selection: actor.token.repositoryIds === null ? "all" : "selected",
      repositories: repositories.map((repository) => repositoryBody(world, actor, repository)),
    };
  });

  server.get("/user/installations", async (request) => {
    const person = requirePerson(world, request);
    const mine = world.installations.list().filter((installation) => {
      if (installation.ownerId === person.id) return true;
      if (world.people.organization(installation.owner)?.members.has(person.id)) return true;
      const owned = world.repositories.ownedBy(installation.owner).filter((one) => world.installations.covers(one));
      return owned.some((one) => one.private && atLeast(personPermission(world, person, one), "read"));
    });
    return {
      total_count: mine.length,
      installations: mine.map((installation) => installationBody(world, installation)),
    };
  });

  server.get<{ Params: { id: string } }>("/user/installations/:id/repositories", async (request) => {
    requirePerson(world, request);
    const actor = requireActor(world, request);
    const installation = found(world.installations.byId(Number(request.params.id)));
    const repositories = world.repositories
      .ownedBy(installation.owner)
      .filter((one) => reaches(world, actor, one) && atLeast(actorPermission(world, actor, one), "read"));
    return {
      total_count: repositories.length,
      repositories: repositories.map((one) => repositoryBody(world, actor, one)),
    };
  });
}

function found(installation: Installation | undefined): Installation {
  if (!installation) throw notFound();
  return installation;
}

function limitRepositories(
  world: World,
  installation: Installation,
  asked: z.infer<typeof limitsShape>,
): Set<number> | null {
  if (!asked.repositories && !asked.repository_ids) return null;
  const reachable = world.repositories.ownedBy(installation.owner).filter((one) => world.installations.covers(one));
  const byName = (asked.repositories ?? []).map((name) =>
    reachable.find((one) => one.name.toLowerCase() === name.toLowerCase()),
  );
  const byId = (asked.repository_ids ?? []).map((id) => reachable.find((one) => one.id === id));
  const ids = new Set<number>();
  for (const repository of [...byName, ...byId]) {
    if (!repository) {
      throw unprocessable(
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
      );
    }
    ids.add(repository.id);
  }
  return ids;
}

function limitPermissions(
  installation: Installation,
  asked: Record<string, string> | undefined,
): Record<string, string> {
  if (!asked) return installation.permissions;
  for (const [name, level] of Object.entries(asked)) {
    const granted = installation.permissions[name];
    if (granted === undefined || (level === "write" && granted !== "write")) {
      throw unprocessable("The permissions requested are not granted to this installation.");
    }
  }
  return { metadata: "read", ...asked };
}
