import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { createRef, deleteRef, updateRef } from "../commits/change-ref.ts";
import type { GitRef } from "../git/bare-repository.ts";
import { nodeId } from "../graphql/node-id.ts";
import { notFound, unprocessable } from "../http/rest-error.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { type RepositoryParams, requireRepository, requireWritable } from "./require-repository.ts";

type Wild = { Params: RepositoryParams & { "*": string } };
const creationShape = z.object({ ref: z.string(), sha: z.string() });
const updateShape = z.object({ sha: z.string(), force: z.boolean().default(false) });

/** `/git/ref`, `/git/matching-refs` and `/git/refs`. */
export function routeRefs(server: FastifyInstance, world: World): void {
  server.get<Wild>("/repos/:owner/:repo/git/ref/*", async (request) => {
    const { repository } = requireRepository(world, request);
    return oneRef(world, repository, request.params["*"]);
  });

  server.get<Wild>("/repos/:owner/:repo/git/matching-refs/*", async (request) => {
    const { repository } = requireRepository(world, request);
    const refs = await repository.git.refs(`refs/${request.params["*"]}`);
    return refs.map((ref) => refBody(world, repository, ref));
  });

  server.post<{ Params: RepositoryParams }>("/repos/:owner/:repo/git/refs", async (request, reply) => {
    const { actor, repository } = requireWritable(world, request);
    const body = creationShape.safeParse(request.body);
    if (!body.success) throw unprocessable('Invalid request.\n\n"ref" and "sha" are required.');
    await createRef(world, actor, repository, body.data.ref, body.data.sha);
    return reply.code(201).send(await oneRef(world, repository, body.data.ref.slice("refs/".length)));
  });

  server.patch<Wild>("/repos/:owner/:repo/git/refs/*", async (request) => {
    const { actor, repository } = requireWritable(world, request);
    const body = updateShape.safeParse(request.body);
    if (!body.success) throw unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.');
    const name = `refs/${request.params["*"]}`;
    await updateRef(world, actor, repository, name, { to: body.data.sha, force: body.data.force });
    return oneRef(world, repository, request.params["*"]);
  });

  server.delete<Wild>("/repos/:owner/:repo/git/refs/*", async (request, reply) => {
    const { actor, repository } = requireWritable(world, request);
    await deleteRef(world, actor, repository, `refs/${request.params["*"]}`);
    return reply.code(204).send();
  });
}

async function oneRef(world: World, repository: Repository, name: string) {
  const ref = await repository.git.ref(`refs/${name}`);
  if (!ref) throw notFound();
  return refBody(world, repository, ref);
}

function refBody(world: World, repository: Repository, ref: GitRef): components["schemas"]["git-ref"] {
  const url = `${world.addresses.api}/repos/${fullName(repository)}/git`;
  return {
    ref: ref.name,
    node_id: nodeId("ref", `${repository.id}:${ref.name}`),
    url: `${url}/${ref.name}`,
    object: { type: ref.type, sha: ref.oid, url: `${url}/${ref.type}s/${ref.oid}` },
  };
}
