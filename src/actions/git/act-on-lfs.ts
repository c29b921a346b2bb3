import { Readable } from "node:stream";
import { Problem } from "../../errors.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { audited } from "../acting/audited.ts";
import { sendAsPerson } from "../acting/send-as-person.ts";
import { allowGit, describeGit, type GitCaller, type GitDeps, requireBound } from "./allow-git.ts";
import type { GitRepository } from "./git-path.ts";
import { type GitRead, readAsPerson } from "./read-as-person.ts";
import { refuseRedirect } from "./refuse-redirect.ts";

export interface LfsCall {
  repository: GitRepository;
  /** `check`: reads what only who may push may read. */
  what: "read" | "check" | "write";
  send(token: string): Promise<UpstreamAnswer>;
}

const largestAnswer = 16 * 1024 * 1024;

/**
 * Sends a request of Git LFS's as the person. Large files themselves go between the client and the addresses that
 * GitHub names, with what it names for that.
 * @throws Problem as {@link readAsPerson} does
 */
export async function actOnLfs(deps: GitDeps, caller: GitCaller, call: LfsCall): Promise<UpstreamAnswer> {
  const { repository, what } = call;
  const send = async (token: string) => withoutToken(await call.send(token), token);
  if (what !== "write") {
    const service: GitRead["service"] = what === "check" ? "git-receive-pack" : "git-upload-pack";
    return readAsPerson(deps, caller, { repository, service, request: "lfs", once: false, send });
  }
  const allowed = await allowGit(deps, caller, repository, "push");
  const event = describeGit(caller, allowed, repository);
  return audited(deps, { ...event, action: "git.lfs" }, async () => {
    await requireBound(deps, allowed.account, allowed.pass, repository);
    const { owner } = repository;
    return refuseRedirect(await sendAsPerson(deps, allowed.account, { owner, once: false, send }));
  });
}

/** Servers name headers for the transfer. None may be the person's token (invariant 1). */
async function withoutToken(answer: UpstreamAnswer, token: string): Promise<UpstreamAnswer> {
  if (answer.status === 401) return answer;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > largestAnswer) throw garbled("is too large");
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const text = body.toString("latin1");
  const basic = [`x-access-token:${token}`, `${token}:x-oauth-basic`, `${token}:`, token].map((pair) =>
    Buffer.from(pair).toString("base64").replace(/=+$/, ""),
  );
  if ([token, ...basic].some((secret) => text.includes(secret))) throw garbled("would give the person's token away");
  return { ...answer, body: Readable.from([body], { objectMode: false }) };
}

function garbled(why: string): Problem {
  return new Problem("provider_garbled", `GitHub's answer about large files ${why}.`);
}
