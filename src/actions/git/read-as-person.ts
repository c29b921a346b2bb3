import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { audited } from "../acting/audited.ts";
import { sendAsPerson } from "../acting/send-as-person.ts";
import { allowGit, describeGit, type GitCaller, type GitDeps, requireBound } from "./allow-git.ts";
import type { GitRepository } from "./git-path.ts";
import { refuseRedirect } from "./refuse-redirect.ts";

export interface GitRead {
  repository: GitRepository;
  /** What it is for: a push begins with reading what there is. */
  service: "git-upload-pack" | "git-receive-pack";
  request: "info/refs" | "pack" | "probe" | "lfs";
  /** Its body streams, so it can't be sent twice. */
  once: boolean;
  send(token: string): Promise<UpstreamAnswer>;
}

/**
 * Sends a request of git's that changes nothing as the person, within delegation and pass.
 * @throws Problem as {@link allowGit} and {@link sendAsPerson} do
 */
export async function readAsPerson(deps: GitDeps, caller: GitCaller, read: GitRead): Promise<UpstreamAnswer> {
  const { repository, service, request, once } = read;
  const reading = service === "git-upload-pack";
  const allowed = await allowGit(deps, caller, repository, reading ? "read" : "push");
  const event = describeGit(caller, allowed, repository);
  return audited(deps, { ...event, action: "git.fetch", detail: { service, request } }, async () => {
    await requireBound(deps, allowed.account, allowed.pass, repository, reading && request === "info/refs");
    const { owner } = repository;
    return refuseRedirect(await sendAsPerson(deps, allowed.account, { owner, once, send: read.send }));
  });
}
