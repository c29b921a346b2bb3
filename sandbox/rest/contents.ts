import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { decodeBase64, isWorkflow, pathFault } from "../commits/path-rules.ts";
import { protectionFault } from "../commits/protection.ts";
import { authorOf, webFlow, writeCommit } from "../commits/write-commit.ts";
import { resolveCommit } from "../git/resolve-revision.ts";
import { isFolder } from "../git/tree.ts";
import { notAccessible, notFound, RestError, unprocessable } from "../http/rest-error.ts";
import { announcePush } from "../webhooks/push-payload.ts";
import { grantedPermissions } from "../world/access.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { gitCommitBody } from "./commit-body.ts";
import { fileBody, folderBody } from "./contents-body.ts";
import { type Reached, type RepositoryParams, requireRepository, requireWritable } from "./require-repository.ts";

type Wild = { Params: RepositoryParams & { "*": string } };
const identityShape = z.object({ name: z.string(), email: z.string() }).optional();
const changeShape = z.object({
  message: z.string(),
  content: z.string().optional(),
  sha: z.string().optional(),
  branch: z.string().optional(),
  author: identityShape,
  committer: identityShape,
});
type Change = z.infer<typeof changeShape>;

/** `/repos/{o}/{r}/contents/{path}`: read, write and delete one file. */
export function routeContents(server: FastifyInstance, world: World): void {
  for (const url of ["/repos/:owner/:repo/contents", "/repos/:owner/:repo/contents/*"]) {
    server.get<Wild & { Querystring: { ref?: string } }>(url, async (request) => {
      const { repository } = requireRepository(world, request);
      const ref = request.query.ref ?? repository.defaultBranch;
      const oid = await resolveCommit(repository.git, ref);
      if (!oid) throw new RestError(404, `No commit found for the ref ${ref}`);
      return readPath(world, repository, oid, { path: request.params["*"] ?? "", ref });
    });
  }

  server.put<Wild>("/repos/:owner/:repo/contents/*", async (request, reply) => {
    const reached = requireWritable(world, request);
    const change = readBody(request.body);
    const content = decodeBase64((change.content ?? "").replaceAll(/\s/g, ""));
    if (change.content === undefined || !content) throw unprocessable("content is not valid Base64");
    const { created, ...body } = await commitFile(world, reached, request.params["*"], change, content);
    return reply.code(created ? 201 : 200).send(body);
  });

  server.delete<Wild>("/repos/:owner/:repo/contents/*", async (request) => {
    const reached = requireWritable(world, request);
    const { created: _, ...body } = await commitFile(world, reached, request.params["*"], readBody(request.body), null);
    return body;
  });
}

function readBody(body: unknown): Change {
  const change = changeShape.safeParse(body);
  if (!change.success) throw unprocessable('Invalid request.\n\n"message" wasn\'t supplied.');
  return change.data;
}

/** What stands at a path of a commit: a file, or what a folder holds. @throws 404 */
export async function readPath(
  world: World,
  repository: Repository,
  oid: string,
  where: { path: string; ref: string },
) {
  const commit = await repository.git.commit(oid);
  const entry = commit && (await repository.git.entry(commit.tree, where.path));
  if (!entry) throw notFound();
  if (isFolder(entry)) return folderBody(world, repository, where, (await repository.git.tree(entry.oid)) ?? []);
  const content = (await repository.git.object(entry.oid))?.content ?? Buffer.alloc(0);
  return fileBody(world, repository, where, entry, content);
}

async function commitFile(
  world: World,
  { actor, repository }: Reached,
  path: string,
  change: Change,
  content: Buffer | null,
) {
  const branch = change.branch ?? repository.defaultBranch;
  const fault = pathFault(path);
  if (fault) throw unprocessable(fault);
  if (isWorkflow(path) && grantedPermissions(world, actor, repository).workflows !== "write") throw notAccessible();
  const ref = `refs/heads/${branch}`;
  const head = await repository.git.ref(ref);
  if (!head) throw new RestError(404, `Branch ${branch} not found`);
  const violation = protectionFault(world, repository, branch);
  if (violation) throw new RestError(409, violation);
  const parent = await repository.git.commit(head.oid);
  const old = parent && (await repository.git.entry(parent.tree, path));
  if (old && change.sha === undefined) throw unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.');
  if (!old && (content === null || change.sha !== undefined)) throw notFound();
  if (old && old.oid !== change.sha) throw new RestError(409, `${path} does not match ${change.sha}`);
  const asked = { name: change.author?.name, email: change.author?.email };
  const byGitHub =
    !change.author && !change.committer && (actor.kind === "installation" || world.switches.contentsCommitsSigned);
  const owner = authorOf(world, actor);
  const author = { ...owner, name: asked.name ?? owner.name, email: asked.email ?? owner.email };
  const committer = byGitHub ? webFlow(author) : { ...author, ...change.committer };
  const files = new Map([[path, content && { content }]]);
  const who = { author, committer, signed: byGitHub };
  const oid = await writeCommit(world, repository, head.oid, { files, message: change.message }, who);
  if (!(await repository.git.moveRef(ref, oid, head.oid))) {
    throw new RestError(409, `is at ${(await repository.git.ref(ref))?.oid ?? "nothing"} but expected ${head.oid}`);
  }
  await announcePush(world, repository, actor, { ref, before: head.oid, after: oid });
  const commit = await repository.git.commit(oid);
  if (!commit) throw notFound();
  const written = content && (await readPath(world, repository, oid, { path, ref: branch }));
  return { created: !old, content: written, commit: gitCommitBody(world, repository, oid, commit) };
}
