import { expect, test } from "vitest";
import { auditLink } from "../../src/http/audit-link.ts";

const oid = "0123456789abcdef0123456789abcdef01234567";
const event = {
  action: "commit",
  provider: "github",
  repository: "acme/site",
  detail: {},
  result: "succeeded",
} as const;
const link = (change: object) => auditLink({ githubUrl: "https://github.example/" }, { ...event, ...change });
const place = "https://github.example/acme/site";

test.each([
  ["a commit", { detail: { oid } }, `${place}/commit/${oid}`],
  ["a pull request", { action: "pull_request", detail: { number: 7 } }, `${place}/pull/7`],
  ["a push", { action: "git.push", detail: { from: "0", to: oid } }, `${place}/commit/${oid}`],
  ["a branch that was deleted", { action: "git.push", detail: { to: "0".repeat(40) } }, place],
  ["a push that was refused", { action: "git.push", detail: { to: oid }, result: "failed" }, place],
  ["the second App", { provider: "github-lite", detail: { oid } }, `${place}/commit/${oid}`],
  ["a commit of no form", { detail: { oid: `${oid}/../../x` } }, place],
  ["a number of no form", { action: "pull_request", detail: { number: "7/../x" } }, place],
  ["no repository", { repository: null }, null],
  ["a repository of no form", { repository: "acme/site/../../evil" }, null],
  ["dots for a name", { repository: "acme/.." }, null],
  ["another address", { repository: "//evil.example/x" }, null],
  ["another provider", { provider: "amocrm", detail: { oid } }, null],
])("the way to %s", (_what, change, address) => {
  expect(link(change)).toBe(address);
});
