import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, unprocessable } from "../http/rest-error.ts";
import { simpleUser } from "../rest/user-body.ts";
import type { Installation } from "../world/installations.ts";
import type { World } from "../world/world.ts";
import { authorization, type Params, requireToken } from "./applications.ts";

const shape = z.object({
  target: z.string().optional(),
  target_id: z.number().optional(),
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
});

/** `POST /applications/{client_id}/token/scoped`: from a person's token a narrower one. */
export function routeScopedTokens(server: FastifyInstance, world: World): void {
  server.post<Params>(
    "/applications/:client_id/token/scoped",
    async (request): Promise<components["schemas"]["authorization"]> => {
      const parent = requireToken(world, request);
      const asked = shape.safeParse(request.body);
      if (!asked.success) throw unprocessable("Invalid request.");
      const { target, target_id } = asked.data;
      if (target === undefined && target_id === undefined) {
        throw unprocessable('Invalid request.\n\n"target" or "target_id" must be supplied.');
      }
      const installation = world.installations
        .list()
        .find((one) => one.ownerId === target_id || one.owner.toLowerCase() === target?.toLowerCase());
      if (!installation) throw notFound();
      const repositoryIds = limitRepositories(world, installation, asked.data);
      const permissions = limitPermissions(installation, asked.data.permissions);
      const token = world.userTokens.issueScoped({ parent, owner: installation.owner, repositoryIds, permissions });
      const account = { login: installation.owner, id: installation.ownerId, type: installation.ownerType };
      return {
        ...authorization(world, token),
        installation: {
          permissions,
          repository_selection: repositoryIds === null && installation.selection === "all" ? "all" : "selected",
          single_file_name: null,
          repositories_url: `${world.addresses.api}/user/repos`,
          account: simpleUser(world, account),
        },
      };
    },
  );
}

function limitRepositories(
  world: World,
  installation: Installation,
  asked: Pick<z.infer<typeof shape>, "repositories" | "repository_ids">,
): Set<number> | null {
  if (!asked.repositories && !asked.repository_ids) return null;
  const reachable = world.repositories.ownedBy(installation.owner).filter((one) => world.installations.covers(one));
  const found = [
    ...(asked.repositories ?? []).map((name) =>
      reachable.find((one) => one.name.toLowerCase() === name.toLowerCase() || `${one.owner}/${one.name}` === name),
    ),
    ...(asked.repository_ids ?? []).map((id) => reachable.find((one) => one.id === id)),
  ];
  return new Set(
    found.map((repository) => {
      if (!repository)
        throw unprocessable("There is at least one repository that does not exist or is not accessible.");
      return repository.id;
    }),
  );
}

function limitPermissions(
  installation: Installation,
  asked: Record<string, "read" | "write"> | undefined,
): Record<string, "read" | "write"> {
  if (!asked) return installation.permissions;
  for (const [name, level] of Object.entries(asked)) {
    const granted = installation.permissions[name];
    if (!granted || (level === "write" && granted !== "write")) {
      throw unprocessable("The permissions requested are not granted to this installation.");
    }
  }
  return { metadata: "read", ...asked };
}
