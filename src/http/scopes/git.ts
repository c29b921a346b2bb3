import type { FastifyInstance } from "fastify";
import type { Problem } from "../../errors.ts";
import { answerProblems } from "../answer-problems.ts";
import { countBytes } from "../count-requests.ts";
import { requireKeyBeforeBody } from "../credentials.ts";
import type { ScopeDeps } from "../deps.ts";
import { gitRoom } from "../forward/git-upstream.ts";
import { sendGitProblem } from "../git-problem.ts";
import { noteKeyUse } from "../note-key-use.ts";
import { sendProblem } from "../problem.ts";
import { createRoom } from "../room.ts";
import { gitRoutes } from "../routes/git.ts";
import { gitLfsRoutes } from "../routes/git-lfs.ts";

/** Git: packs are streamed both ways. Cookies are neither read nor set. */
export function gitScope(scope: FastifyInstance, deps: ScopeDeps): void {
  // Git begins without credentials, every time, and sends them when it is asked to: only wrong ones count.
  const failed = ({ code }: Problem) => code === "key_invalid";
  countBytes(scope, deps, "git");
  answerProblems(scope, deps, { failed, send: sendGitProblem });
  requireKeyBeforeBody(scope, deps);
  noteKeyUse(scope, deps);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  const room = createRoom(gitRoom);
  gitRoutes(scope, { ...deps, room });
  scope.register(async (lfs) => {
    answerProblems(lfs, deps, {
      failed,
      send: (request, reply, problem) => {
        if (problem.status === 401) reply.header("lfs-authenticate", 'Basic realm="onbehalf"');
        // Git LFS shows `message`.
        return sendProblem(request, reply, problem, { message: problem.message });
      },
    });
    gitLfsRoutes(lfs, { ...deps, room });
  });
}
