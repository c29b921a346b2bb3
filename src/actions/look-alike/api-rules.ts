import type { Capability } from "../../store/delegations.ts";
import type { RefTarget } from "../delegations/patterns.ts";

/** What a REST request may be about, and what it takes. */
export interface ApiRule {
  capabilities: Capability[];
  ref: RefTarget;
  /** Files that it changes; `every`: it can't be told which. Left out: none. */
  paths?: string[] | "every";
  /** It reaches beyond the repository that it names: no pass is for that. */
  leavesRepository?: boolean;
}

type Body = Record<string, unknown>;

/** Addresses that hand out or change what people and machines sign in with. They are for nobody here. */
const closedToAll = [
  /^(app|apps|applications|app-manifests|authorizations|installation|enterprises?|scim|setup|manage|admin|hub)(\/|$)/,
  /^(user|users\/[^/]+|orgs\/[^/]+|repos\/[^/]+\/[^/]+)\/installations?(\/|$)/,
  /^user\/(keys|gpg_keys|ssh_signing_keys|emails|email|marketplace_purchases)(\/|$)/,
  /^repos\/[^/]+\/[^/]+\/(keys|hooks)(\/|$)/,
  /^orgs\/[^/]+\/(hooks|personal-access-tokens?|personal-access-token-requests|credential-authorizations)(\/|$)/,
  /^(user|orgs\/[^/]+|repos\/[^/]+\/[^/]+)\/(actions|dependabot|codespaces|agents)\/(secrets|runners|runner-groups)(\/|$)/,
  /^repos\/[^/]+\/[^/]+\/environments\/[^/]+\/secrets(\/|$)/,
];

/** Whether an address is closed, whoever asks. */
export function isClosed(segments: readonly string[]): boolean {
  const path = segments.join("/").toLowerCase();
  return closedToAll.some((pattern) => pattern.test(path));
}

/** Addresses that tell nothing of a repository: who I am, and what the server is. */
export function isAboutCaller(segments: readonly string[]): boolean {
  return /^(|user|rate_limit|meta|versions|zen|octocat|emojis|licenses(\/[^/]+)?|gitignore\/.*)$/.test(
    segments.join("/"),
  );
}

/** Whether a request changes something. */
export function isWrite(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Whether what a request changes stands in its body, which must then be read before it is sent on. */
export function tellsInBody(method: string, rest: readonly string[]): boolean {
  const [area, second] = rest;
  return (
    isWrite(method) &&
    (area === "contents" ||
      (area === "git" && second === "refs") ||
      area === "merges" ||
      area === "merge-upstream" ||
      area === "releases")
  );
}

/**
 * What a request below `/repos/{owner}/{repo}` takes. What changes a branch needs that branch; what may change any, or
 * can't be told, needs all.
 * @param rest the decoded path below the repository
 * @param body where {@link tellsInBody} asked for it
 */
export function repositoryRule(method: string, rest: readonly string[], body: Body | null): ApiRule {
  if (!isWrite(method)) return { capabilities: ["api:read"], ref: "none" };
  const [area = "", second = ""] = rest;
  const written: Capability[] = ["api:write", "commit"];
  const unseen: ApiRule = { capabilities: [...written, "workflows"], ref: "every", paths: "every" };
  if (area === "contents") {
    return { capabilities: written, ref: branchIn(body, "branch"), paths: [rest.slice(1).join("/")] };
  }
  if (area === "git" && second === "refs") {
    const named = method === "POST" ? text(body, "ref")?.replace(/^refs\//, "") : rest.slice(2).join("/");
    const ref = refOf(named ?? "");
    // A ref that is deleted brings no content.
    if (method === "DELETE") return { capabilities: written, ref, paths: "every" };
    return { ...unseen, ref };
  }
  // Objects that no ref leads to change nothing yet.
  if (area === "git") return { capabilities: written, ref: "every", paths: "every" };
  if (area === "merges") return { ...unseen, ref: branchIn(body, "base") };
  if (area === "merge-upstream") return { ...unseen, ref: branchIn(body, "branch") };
  if (area === "pulls" && /^(merge|update-branch)$/.test(rest[2] ?? "")) return unseen;
  if (area === "pulls" && (rest.length === 1 || rest.length === 2))
    return { capabilities: ["pull-request"], ref: "none" };
  if (area === "releases") {
    const tag = text(body, "tag_name");
    return { capabilities: written, ref: method === "POST" && tag ? { tag } : "every" };
  }
  if (area === "branches" || area === "rulesets" || area === "tags") return { capabilities: written, ref: "every" };
  // To delete, rename, transfer or copy a repository.
  if (area === "" || ["transfer", "forks", "generate"].includes(area)) {
    return { capabilities: ["api:write"], ref: "every", paths: "every", leavesRepository: true };
  }
  return { capabilities: ["api:write"], ref: "none" };
}

function branchIn(body: Body | null, field: string): RefTarget {
  const branch = text(body, field);
  return branch ? { branch } : "every";
}

function refOf(name: string): RefTarget {
  if (name.startsWith("heads/")) return { branch: name.slice("heads/".length) };
  if (name.startsWith("tags/")) return { tag: name.slice("tags/".length) };
  return "every";
}

function text(body: Body | null, field: string): string | undefined {
  const value = body?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}
