import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Actor, type Caller, readCaller } from "../http/caller.ts";
import { announcePush } from "../webhooks/push-payload.ts";
import { canSee, grantedPermissions, needsSso, writeRefusal } from "../world/access.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { forwardCgi } from "./forward-cgi.ts";
import { gitEnvironment } from "./run-git.ts";

interface Params {
  owner: string;
  repo: string;
}
type Service = "git-upload-pack" | "git-receive-pack";

/** `/{owner}/{repo}.git/…`: git's own server behind the sandbox's rules. */
export function routeSmartHttp(server: FastifyInstance, world: World): void {
  // Packs are streamed into git, never read here.
  server.addContentTypeParser(/^application\/x-git-/, (_request, payload, done) => done(null, payload));
  server.get<{ Params: Params; Querystring: { service?: string } }>(
    "/:owner/:repo/info/refs",
    async (request, reply) => {
      const { service } = request.query;
      if (service !== "git-upload-pack" && service !== "git-receive-pack") {
        return reply.code(403).send("Please upgrade your git client.\n");
      }
      return serve(world, request, reply, service, "info/refs");
    },
  );
  for (const service of ["git-upload-pack", "git-receive-pack"] as const) {
    server.post<{ Params: Params }>(`/:owner/:repo/${service}`, async (request, reply) =>
      serve(world, request, reply, service, service),
    );
  }
}

async function serve(
  world: World,
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
  service: Service,
  path: string,
) {
  const caller = readCaller(world, request.headers.authorization);
  const repository = world.repositories.find(request.params.owner, request.params.repo.replace(/\.git$/, ""));
  const refused = refusal(world, caller, repository, service);
  if (refused || !repository || caller.kind === "bad" || caller.kind === "app") {
    const { status, text } = refused ?? { status: 404, text: "Repository not found." };
    if (status === 401) reply.header("www-authenticate", 'Basic realm="GitHub"');
    return reply.code(status).type("text/plain").send(`${text}\n`);
  }
  const report = join(tmpdir(), `sandbox-push-${randomUUID()}`);
  const environment = gitEnvironment({
    GIT_PROJECT_ROOT: world.dataDir,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${repository.id}.git/${path}`,
    REQUEST_METHOD: request.method,
    QUERY_STRING: request.url.split("?")[1] ?? "",
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    REMOTE_USER: caller.kind === "user" ? caller.person.login : "x-access-token",
    REMOTE_ADDR: "127.0.0.1",
    SANDBOX_PROTECTED_REFS: repository.protectedBranches.map((branch) => `refs/heads/${branch}`).join(" "),
    SANDBOX_NO_WORKFLOWS: grantedPermissions(world, caller, repository).workflows === "write" ? "" : "1",
    SANDBOX_PUSH_REPORT: report,
  });
  const child = spawn("git", ["http-backend"], { env: environment, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => undefined);
  if (request.body instanceof Readable) request.body.pipe(child.stdin);
  else child.stdin.end();
  reply.hijack();
  await forwardCgi(child, reply.raw);
  if (path === "git-receive-pack") await announceReport(world, repository, caller, report);
}

function refusal(world: World, caller: Caller, repository: Repository | undefined, service: Service) {
  const signIn = { status: 401, text: "Repository not found." };
  if (caller.kind === "bad") return { status: 401, text: "Bad credentials" };
  if (caller.kind === "app") return signIn;
  if (caller.kind === "user" && caller.person.suspended)
    return { status: 403, text: "Sorry. Your account was suspended." };
  if (!repository || !canSee(world, caller, repository)) {
    return caller.kind === "anonymous" ? signIn : { status: 404, text: "Repository not found." };
  }
  if (needsSso(world, caller, repository.owner)) {
    return { status: 403, text: `The '${repository.owner}' organization has enabled or enforced SAML SSO.` };
  }
  if (service === "git-upload-pack") return null;
  if (caller.kind === "anonymous") return { status: 401, text: "Write access to repository not granted." };
  const reason = writeRefusal(world, caller, repository);
  if (reason === "archived") return { status: 403, text: "This repository was archived so it is read-only." };
  const who = caller.kind === "user" ? caller.person.login : world.bot.login;
  return reason && { status: 403, text: `Permission to ${fullName(repository)}.git denied to ${who}.` };
}

/** The post-receive hook wrote which refs moved. */
async function announceReport(world: World, repository: Repository, actor: Actor, report: string) {
  const text = await readFile(report, "utf8").catch(() => "");
  await rm(report, { force: true });
  for (const line of text.split("\n")) {
    const [before, after, ref] = line.split(" ");
    if (before && after && ref) await announcePush(world, repository, actor, { ref, before, after });
  }
}
