import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { decodeBase64 } from "../commits/path-rules.ts";
import { isObjectId } from "../git/ref-name.ts";
import { notFound, unprocessable } from "../http/rest-error.ts";
import { fullName } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { gitCommitBody } from "./commit-body.ts";
import { createCommit } from "./create-commit.ts";
import { createTree } from "./create-tree.ts";
import { type RepositoryParams, requireRepository, requireWritable } from "./require-repository.ts";
import { treeBody } from "./tree-body.ts";

type Named = { Params: RepositoryParams };
type Sha = { Params: RepositoryParams & { sha: string } };
const blobShape = z.object({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).default("utf-8") });

/** `/git/commits`, `/git/trees` and `/git/blobs`: git's objects as they are. */
export function routeGitData(server: FastifyInstance, world: World): void {
  const base = "/repos/:owner/:repo/git";

  server.get<Sha>(`${base}/commits/:sha`, async (request) => {
    const { repository } = requireRepository(world, request);
    const commit = await repository.git.commit(request.params.sha);
    if (!commit) throw notFound();
    return gitCommitBody(world, repository, request.params.sha, commit);
  });

  server.get<Sha & { Querystring: { recursive?: string } }>(`${base}/trees/:sha`, async (request) => {
    const { repository } = requireRepository(world, request);
    return treeBody(world, repository, request.params.sha, request.query.recursive !== undefined);
  });

  server.get<Sha>(`${base}/blobs/:sha`, async (request) => {
    const { repository } = requireRepository(world, request);
    const { sha } = request.params;
    const found = await repository.git.object(sha);
    if (found?.type !== "blob") throw notFound();
    const url = `${world.addresses.api}/repos/${fullName(repository)}/git/blobs/${sha}`;
    return { sha, url, size: found.content.length, encoding: "base64", content: found.content.toString("base64") };
  });

  server.post<Named>(`${base}/blobs`, async (request, reply) => {
    const { repository } = requireWritable(world, request);
    const body = blobShape.safeParse(request.body);
    if (!body.success) throw unprocessable('Invalid request.\n\n"content" wasn\'t supplied.');
    const { content, encoding } = body.data;
    const bytes = encoding === "base64" ? decodeBase64(content.replaceAll(/\s/g, "")) : Buffer.from(content);
    if (!bytes) throw unprocessable("content is not valid Base64");
    const sha = await repository.git.write("blob", bytes);
    return reply.code(201).send({ sha, url: `${world.addresses.api}/repos/${fullName(repository)}/git/blobs/${sha}` });
  });

  server.post<Named>(`${base}/trees`, async (request, reply) => {
    const reached = requireWritable(world, request);
    const sha = await createTree(world, reached, request.body);
    return reply.code(201).send(await treeBody(world, reached.repository, sha, false));
  });

  server.post<Named>(`${base}/commits`, async (request, reply) => {
    const { actor, repository } = requireWritable(world, request);
    const sha = await createCommit(world, actor, repository, request.body);
    const commit = isObjectId(sha) ? await repository.git.commit(sha) : null;
    if (!commit) throw notFound();
    return reply.code(201).send(gitCommitBody(world, repository, sha, commit));
  });
}
