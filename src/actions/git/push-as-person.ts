import { Readable } from "node:stream";
import { Problem } from "../../errors.ts";
import { encodePush, type PushRequest } from "../../git/push-request.ts";
import type { IncomingPush } from "../../git/read-push.ts";
import { watchReport } from "../../git/watch-report.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { completeAudits, writeAudits } from "../../store/audit.ts";
import type { AuthorityPass } from "../../store/authority.ts";
import { inBackground } from "../accounts/refreshing.ts";
import { sendAsPerson } from "../acting/send-as-person.ts";
import { sendScoped } from "../acting/send-scoped.ts";
import { type AllowedGit, allowGit, describeGit, type GitCaller, type GitDeps, requireBound } from "./allow-git.ts";
import { branchOf, checkPush, mayChangeWorkflows } from "./check-push.ts";
import type { GitRepository } from "./git-path.ts";
import { PushRefused } from "./push-refused.ts";
import { refuseRedirect } from "./refuse-redirect.ts";

export interface GitPush {
  repository: GitRepository;
  incoming: IncomingPush;
  send(token: string, body: Readable): Promise<UpstreamAnswer>;
}

/**
 * Pushes as the person, within delegation and pass: either all refs of a push may be changed, or nothing is sent on.
 * Each ref is an event in the audit log, with its ids and what the server reported.
 * @throws Problem as {@link allowGit} and {@link sendAsPerson} do, {@link PushRefused}
 */
export async function pushAsPerson(deps: GitDeps, caller: GitCaller, push: GitPush): Promise<UpstreamAnswer> {
  const { repository, incoming } = push;
  const { request } = incoming;
  if (!request.capabilities.includes("report-status") && !request.capabilities.includes("report-status-v2")) {
    throw new Problem("bad_request", "This push asks for no report of its result: use a git that does.");
  }
  const allowed = await allowGit(deps, caller, repository, "push");
  const refused = checkPush(deps, allowed, repository, request.commands);
  if (refused.size > 0) throw new PushRefused(refused);
  const narrowFor = withoutWorkflows(allowed, push);
  const complete = await startEvents(deps, caller, allowed, push);
  try {
    await requireBound(deps, allowed.account, allowed.pass, repository);
    const body = Readable.from(whole(incoming), { objectMode: false });
    const { owner } = repository;
    const sending = { owner, once: true, send: (token: string) => push.send(token, body) };
    const answer = refuseRedirect(
      narrowFor
        ? await sendScoped(deps, allowed.account, narrowFor, sending)
        : await sendAsPerson(deps, allowed.account, sending),
    );
    if (answer.status !== 200) {
      await complete(() => ({ result: "failed", code: `http_${answer.status}` }));
      return answer;
    }
    return { ...answer, body: watched(deps, request, answer, complete) };
  } catch (error) {
    const code = error instanceof Problem ? error.code : "internal_error";
    await complete(() => ({ result: "failed", code }));
    throw error;
  }
}

/**
 * What a pack changes can't be told before it is unpacked. Where workflows may not be changed, GitHub sees to it, by a
 * token that can't (facts/github.md, 4 and 6).
 * @returns the pass whose token that is; null: workflows may be changed
 * @throws Problem `delegation_required`, `pass_scope` where there is no such token
 */
function withoutWorkflows(allowed: AllowedGit, { repository, incoming }: GitPush): AuthorityPass | null {
  const { pass } = allowed;
  if (mayChangeWorkflows(allowed, repository, incoming.request.commands)) return null;
  if (!pass) {
    throw new Problem(
      "delegation_required",
      'Pushing with a bot\'s key takes the capability "workflows": without it, push with a pass.',
    );
  }
  if (!pass.capabilities.includes("workflows")) return pass;
  throw new Problem(
    "pass_scope",
    'The person lets workflows be changed on other branches alone: push here with a pass without the capability "workflows".',
  );
}

type Complete = (
  outcomeOf: (ref: string) => { result: "succeeded" | "failed"; code?: string; detail?: { reason: string } } | null,
) => Promise<void>;

/** Stored before anything is sent: with the database away nothing is pushed in anybody's name (invariant 6). */
async function startEvents(
  deps: GitDeps,
  caller: GitCaller,
  allowed: AllowedGit,
  { repository, incoming }: GitPush,
): Promise<Complete> {
  const event = describeGit(caller, allowed, repository);
  const { commands } = incoming.request;
  const ids = await writeAudits(
    deps.database,
    commands.map(({ ref, from, to }) => [
      { ...event, action: "git.push", branch: branchOf(ref), detail: { ref, from, to } },
      { result: "started" },
    ]),
  );
  return async (outcomeOf) => {
    const outcomes = commands.flatMap(({ ref }, index) => {
      const [id, outcome] = [ids[index], outcomeOf(ref)];
      return id && outcome ? [{ id, ...outcome }] : [];
    });
    for (const { result, code } of outcomes) {
      deps.metrics.acted({ action: "git.push", attribution: "user", result, reason: code });
    }
    await completeAudits(deps.database, outcomes).catch((error) =>
      deps.log.error({ err: error, audits: ids }, "audit events stay `started`: their completion could not be stored"),
    );
  };
}

async function* whole({ request, rest }: IncomingPush): AsyncGenerator<Buffer> {
  yield encodePush(request);
  yield* rest();
}

/**
 * Passes the answer on, and stores what it reports before it ends. Where the client has gone meanwhile, it is read to
 * its end all the same: GitHub has the push by then, and the audit log must tell what became of it.
 */
function watched(deps: GitDeps, request: PushRequest, { body }: UpstreamAnswer, complete: Complete): Readable {
  const report = watchReport(new Set(request.commands.map(({ ref }) => ref)), request.capabilities);
  const pieces: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
  const store = async () => {
    const results = report.results();
    if (!results) deps.log.warn("a push's answer has no report that can be understood: its events stay `started`");
    await complete((ref) => {
      const reason = results?.get(ref);
      if (reason === undefined) return null;
      return reason === null ? { result: "succeeded" } : { result: "failed", code: "refused", detail: { reason } };
    });
  };
  let over = false;
  const next = async () => {
    const piece = await pieces.next().catch(async (error) => {
      over = true;
      await store();
      throw error;
    });
    over = piece.done === true;
    if (piece.done) await store();
    else report.take(piece.value);
    return piece;
  };
  const finish = async () => {
    while (!over) await next();
  };
  async function* passed() {
    for (let piece = await next(); !piece.done; piece = await next()) yield piece.value;
  }
  const answer = Readable.from(passed(), { objectMode: false });
  answer.once("close", () => {
    if (!over) inBackground(deps, finish());
  });
  return answer;
}
