import { Problem } from "../../errors.ts";
import { readRepository } from "../../github/read-repository.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import type { AuthorityPass } from "../../store/authority.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { audited } from "../acting/audited.ts";
import { sendAsPerson } from "../acting/send-as-person.ts";
import { sendScoped } from "../acting/send-scoped.ts";
import { parseRepository } from "../commits/names.ts";
import { requireUsable } from "../delegations/authorise.ts";
import { requireBoundRepository } from "../passes/require-bound-repository.ts";
import { type ApiCaller, allow, describe, type LookAlikeDeps } from "./allow.ts";
import { type ApiPath, writeApiPath } from "./api-path.ts";
import { type ApiRule, isAboutCaller, isClosed, isWrite, repositoryRule } from "./api-rules.ts";

export interface ApiCall {
  method: string;
  path: ApiPath;
  /** Where {@link repositoryRule} reads it. */
  body: Record<string, unknown> | null;
  /** Its body streams, so it can't be sent twice. */
  once: boolean;
  /** @param path below GitHub's API */
  send(token: string, path: string): Promise<UpstreamAnswer>;
}

/**
 * Answers a call to GitHub's REST API as the person, within delegation and pass.
 * @throws Problem as {@link authorise} and {@link sendAsPerson} do, `not_found` for an address that is closed
 */
export async function actOnApi(deps: LookAlikeDeps, caller: ApiCaller, call: ApiCall): Promise<UpstreamAnswer> {
  const { segments } = call.path;
  const [area, first = "", second = ""] = segments;
  if (area === "repositories" && /^\d{1,15}$/.test(first)) return actById(deps, caller, call, Number(first));
  // What GitHub may take for a number is no other address than that number's.
  if (isClosed(segments) || (area === "repositories" && segments.length > 1)) throw closed();
  if (area === "repos" && segments.length >= 3) return actInRepository(deps, caller, call, `${first}/${second}`);
  return actElsewhere(deps, caller, call);
}

async function actInRepository(
  deps: LookAlikeDeps,
  caller: ApiCaller,
  call: ApiCall,
  repository: string,
): Promise<UpstreamAnswer> {
  const { owner, name } = parseRepository(repository);
  const rest = call.path.segments.slice(3);
  const rule = repositoryRule(call.method, rest, call.body);
  const authorised = await allow(deps, caller, rule, repository);
  const account = requireUsable(deps, authorised.account, authorised.provider);
  const { pass } = authorised;
  return audited(
    deps,
    describe(caller, authorised, {
      write: isWrite(call.method),
      rule,
      repository,
      detail: { method: call.method, path: withoutNames(rest) },
    }),
    async () => {
      if (pass) await requireBound(deps, account, pass, { owner, name, write: isWrite(call.method) });
      // By its number: whatever becomes of the name meanwhile, the pass's repository is meant.
      const id = pass?.repositoryIds[pass.repositories.indexOf(repository.toLowerCase())];
      const segments = id === undefined ? call.path.segments : ["repositories", String(id), ...rest];
      const path = writeApiPath({ ...call.path, segments });
      return sendAsPerson(deps, account, { owner, once: call.once, send: (token) => call.send(token, path) });
    },
  );
}

/** Links in GitHub's answers name repositories by number: what is allowed is decided by the name that it has now. */
async function actById(deps: LookAlikeDeps, caller: ApiCaller, call: ApiCall, id: number): Promise<UpstreamAnswer> {
  const authorised = await allow(deps, caller, { capabilities: ["api:read"], ref: "none" }, null);
  const account = requireUsable(deps, authorised.account, authorised.provider);
  const { pass } = authorised;
  const name = pass
    ? pass.repositories[pass.repositoryIds.indexOf(id)]
    : (await asPerson(deps, account, (token) => readRepository(deps, token, { id })))?.fullName;
  if (name === undefined && pass) throw new Problem("pass_scope", `This pass is not for repository ${id}.`);
  if (name === undefined) throw new Problem("repository_not_found", `The person can see no repository ${id}.`);
  const segments = ["repos", ...name.split("/"), ...call.path.segments.slice(2)];
  if (isClosed(segments)) throw closed();
  return actInRepository(deps, caller, { ...call, path: { ...call.path, segments } }, name);
}

/** What lies in no repository, or in many: a pass reads it with a token that reaches its repositories alone. */
async function actElsewhere(deps: LookAlikeDeps, caller: ApiCaller, call: ApiCall): Promise<UpstreamAnswer> {
  const { method, path, once } = call;
  const write = isWrite(method);
  const rule: ApiRule = write
    ? { capabilities: ["api:write"], ref: "every", leavesRepository: true }
    : { capabilities: ["api:read"], ref: "none" };
  const aboutCaller = isAboutCaller(path.segments) && !write;
  const authorised = await allow(deps, caller, rule, aboutCaller ? null : "*");
  const account = requireUsable(deps, authorised.account, authorised.provider);
  const { pass } = authorised;
  const detail = { method, path: withoutNames(path.segments.slice(0, 1)) };
  const request = { owner: "", once, send: (token: string) => call.send(token, writeApiPath(path)) };
  return audited(deps, describe(caller, authorised, { write, rule, repository: null, detail }), () =>
    pass && !aboutCaller ? sendScoped(deps, account, pass, request) : sendAsPerson(deps, account, request),
  );
}

async function requireBound(
  deps: LookAlikeDeps,
  account: HeldAccount,
  pass: AuthorityPass,
  { owner, name, write }: { owner: string; name: string; write: boolean },
): Promise<void> {
  const key = `${pass.id} ${owner}/${name}`.toLowerCase();
  if (!write && deps.boundNames.has(key)) return;
  await asPerson(deps, account, (token) => requireBoundRepository(deps, token, pass, { owner, name }));
  deps.boundNames.set(key, true);
}

async function asPerson<Result>(
  deps: LookAlikeDeps,
  account: HeldAccount,
  act: (token: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await actWithToken(deps, account, act);
  } catch (error) {
    throw providerProblem(error, namedProvider(deps, account.provider));
  }
}

/** Which part of the API, and which number. Other words of a path can be somebody's login. */
function withoutNames([area = "", ...rest]: readonly string[]): string {
  return `/${[area, ...rest.map((word) => (/^\d+$/.test(word) ? word : "*"))].join("/")}`;
}

function closed(): Problem {
  return new Problem("not_found", "This part of GitHub's API is closed here: it is about apps, keys or secrets.");
}
