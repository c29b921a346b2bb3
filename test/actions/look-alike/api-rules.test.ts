import { expect, test } from "vitest";
import { isClosed, repositoryRule, tellsInBody } from "../../../src/actions/look-alike/api-rules.ts";

const everything = { capabilities: ["api:write", "commit", "workflows"], ref: "every", paths: "every" };
const ruleOf = (method: string, path: string, body: Record<string, unknown> = {}) => {
  const rest = path.split("/").map(decodeURIComponent);
  return repositoryRule(method, rest, tellsInBody(method, rest) ? body : null);
};

test.each<[string, string, Record<string, unknown>?]>([
  ["POST", "issues"],
  ["PATCH", "issues/1"],
  ["POST", "issues/1/comments"],
  ["DELETE", "issues/1/labels/area%2Fdocs"],
  ["POST", "issues/comments/2/reactions"],
  ["POST", "labels"],
  ["PATCH", "milestones/1"],
  ["POST", "comments/1/reactions"],
  ["POST", "commits/abc/comments"],
  ["POST", "pulls/1/comments"],
  ["POST", "pulls/1/comments/2/replies"],
  ["POST", "pulls/1/reviews"],
  ["POST", "pulls/1/reviews/2/events"],
  ["DELETE", "pulls/1/requested_reviewers"],
  ["POST", "statuses/abc"],
  ["PATCH", "check-runs/1"],
  ["PUT", "subscription"],
  ["PUT", "notifications"],
  ["POST", "actions/runs/1/rerun"],
  ["POST", "actions/workflows/ci.yml/dispatches"],
  ["POST", "dispatches"],
  ["POST", "deployments/1/statuses"],
  ["POST", "deployments", { ref: "main", auto_merge: false }],
])("changes neither a file nor a ref, nor what a repository trusts: %s %s", (method, path, body) => {
  expect(ruleOf(method, path, body)).toEqual({ capabilities: ["api:write"], ref: "none" });
});

test.each<[string, string, Record<string, unknown>?]>([
  ["PUT", "pulls/1/merge"],
  ["PUT", "pulls/1/update-branch"],
  ["POST", "code-scanning/alerts/1/autofix/commits", { target_ref: "refs/heads/main" }],
  ["PUT", "branches/main/protection"],
  ["POST", "branches/main/rename"],
  ["POST", "rulesets"],
  ["PUT", "actions/permissions/workflow"],
  ["PATCH", "actions/variables/X"],
  ["PUT", "actions/workflows/1/disable"],
  ["POST", "actions/runs/1/pending_deployments"],
  ["POST", "actions/runs/1/approve"],
  ["PUT", "environments/production"],
  ["PUT", "pages"],
  ["PUT", "topics"],
  ["POST", "autolinks"],
  ["PUT", "something-that-is-yet-to-come"],
  ["PUT", "contents%2Fa.txt", { branch: "agents/a" }],
  ["PUT", "Contents/a.txt", { branch: "agents/a" }],
  ["PATCH", "git%2Frefs/heads/agents/a"],
  ["PATCH", "git/refs%2Fheads%2Fmain"],
])("takes everything, since it can change anything: %s %s", (method, path, body) => {
  expect(ruleOf(method, path, body)).toEqual(everything);
});

test.each([
  ["PATCH", ""],
  ["POST", "transfer"],
  ["POST", "forks"],
  ["PUT", "collaborators/mallory"],
  ["PATCH", "invitations/1"],
  ["POST", "codespaces"],
  ["POST", "pulls/1/codespaces"],
  ["PUT", "import"],
])("is for no pass, since it reaches beyond the repository or lets others in: %s %s", (method, path) => {
  expect(ruleOf(method, path)).toMatchObject({ ref: "every", leavesRepository: true });
});

test("GitHub takes POST for PATCH: what is changed is what the address names", () => {
  const body = { ref: "refs/heads/agents/a", sha: "0", force: true };
  expect(ruleOf("POST", "git/refs", body).ref).toEqual({ branch: "agents/a" });
  expect(ruleOf("POST", "git/refs/heads/main", body).ref).toEqual({ branch: "main" });
  expect(ruleOf("POST", "releases", { tag_name: "v1" }).ref).toEqual({ tag: "v1" });
  expect(ruleOf("POST", "releases/1", { tag_name: "v1" }).ref).toBe("every");
});

test("a deployment merges the default branch into the one it names, unless it says that it doesn't", () => {
  expect(ruleOf("POST", "deployments", { ref: "agents/a" })).toEqual({ ...everything, ref: { branch: "agents/a" } });
  expect(ruleOf("POST", "deployments", { ref: "main", auto_merge: "false" }).ref).toEqual({ branch: "main" });
});

test.each([
  "organizations/1/hooks",
  "organizations/1/actions/secrets",
  "organizations/1/personal-access-tokens",
  "repositories/1/keys",
  "repositories/1x/hooks",
  "user/1/installations",
  "repos/acme/site/environments/a/b/secrets/X",
  "orgs/acme/actions/hosted-runners",
  "orgs/acme/private-registries",
  "Repos/acme/site",
  "ORGS/acme",
])("is closed, however it is written: %s", (path) => {
  expect(isClosed(path.split("/"))).toBe(true);
});

test.each(["organizations/1/repos", "user/repos", "repos/Acme/Site/contents/KEYS", "orgs/acme/teams", "zen", ""])(
  "is not closed: %s",
  (path) => {
    expect(isClosed(path === "" ? [] : path.split("/"))).toBe(false);
  },
);
