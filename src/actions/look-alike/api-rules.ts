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

/** To delete, rename, transfer or copy a repository, to let others in, or to start a machine that acts as the person. */
const beyond =
  /^($|(transfer|forks|generate|collaborators|invitations|import|codespaces)(\/|$)|pulls\/[^/]+\/codespaces(\/|$))/;

/**
 * Writes that change no file, no ref, no setting, and nothing of whom or what the repository trusts. Whatever isn't
 * among them, such as what GitHub is yet to add, could.
 */
const harmless = new RegExp(
  [
    "^(issues|labels|milestones|comments|statuses|check-runs|check-suites|subscription|notifications)(/|$)",
    "^commits/[^/]+/comments$",
    "^pulls/(comments|\\d+/(comments|reviews|requested_reviewers))(/|$)",
    "^actions/(runs|jobs)/\\d+/(rerun|rerun-failed-jobs|cancel|force-cancel)$",
    "^actions/(runs/\\d+(/logs)?|artifacts/\\d+|caches(/\\d+)?)$",
    "^(actions/workflows/[^/]+/)?dispatches$",
    "^deployments(/\\d+(/statuses)?)?$",
  ].join("|"),
);

type Body = Record<string, unknown>;

/** Addresses that hand out or change what people and machines sign in with. They are for nobody here. */
const closedToAll = [
  /^(app|apps|applications|app-manifests|authorizations|installation|enterprises?|scim|setup|manage|admin|hub)(\/|$)/,
  /^(user|user\/\d+|users\/[^/]+|orgs\/[^/]+|repos\/[^/]+\/[^/]+)\/installations?(\/|$)/,
  /^user\/(keys|gpg_keys|ssh_signing_keys|emails|email|marketplace_purchases)(\/|$)/,
  /^repos\/[^/]+\/[^/]+\/(keys|hooks)(\/|$)/,
  /^orgs\/[^/]+\/(hooks|private-registries|personal-access-tokens?|personal-access-token-requests|credential-authorizations)(\/|$)/,
  /^(user|orgs\/[^/]+|repos\/[^/]+\/[^/]+)\/(actions|dependabot|codespaces|agents)\/(secrets|runners|hosted-runners|runner-groups)(\/|$)/,
  /^repos\/[^/]+\/[^/]+\/environments\/.+\/secrets(\/|$)/,
];

/**
 * Whether an address is closed, whoever asks. Numbers lead to what names lead to, whatever GitHub takes for a number;
 * and what could be taken for another area than it says is none of GitHub's.
 */
export function isClosed(segments: readonly string[]): boolean {
  const [area = ""] = segments;
  const path = segments
    .join("/")
    .toLowerCase()
    .replace(/^organizations(?=\/)/, "orgs")
    .replace(/^repositories\/[^/]+/, "repos/-/-");
  return !/^[a-z0-9_-]*$/.test(area) || closedToAll.some((pattern) => pattern.test(path));
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
      area === "releases" ||
      (area === "deployments" && rest.length === 1))
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
    // GitHub takes POST for PATCH: below a ref's address, the address says which.
    const named = rest.length === 2 ? text(body, "ref")?.replace(/^refs\//, "") : rest.slice(2).join("/");
    const ref = refOf(named ?? "");
    // A ref that is deleted brings no content.
    if (method === "DELETE") return { capabilities: written, ref, paths: "every" };
    return { ...unseen, ref };
  }
  // Objects that no ref leads to change nothing yet.
  if (area === "git" && /^(blobs|trees|commits|tags)$/.test(second))
    return { capabilities: written, ref: "every", paths: "every" };
  if (area === "merges") return { ...unseen, ref: branchIn(body, "base") };
  if (area === "merge-upstream") return { ...unseen, ref: branchIn(body, "branch") };
  // It merges the default branch into the one that is deployed, unless told not to.
  if (area === "deployments" && rest.length === 1 && body?.auto_merge !== false) {
    return { ...unseen, ref: branchIn(body, "ref") };
  }
  if (area === "pulls" && (rest.length === 1 || (rest.length === 2 && /^\d+$/.test(second)))) {
    return { capabilities: ["pull-request"], ref: "none" };
  }
  if (area === "releases") {
    const tag = text(body, "tag_name");
    return { capabilities: written, ref: method === "POST" && rest.length === 1 && tag ? { tag } : "every" };
  }
  if (beyond.test(rest.join("/"))) {
    return { capabilities: ["api:write"], ref: "every", paths: "every", leavesRepository: true };
  }
  return harmless.test(rest.join("/")) ? { capabilities: ["api:write"], ref: "none" } : unseen;
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
