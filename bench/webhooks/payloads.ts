import { createHmac } from "node:crypto";

/** One delivery, but for its id. */
export interface Payload {
  event: string;
  body: string;
  signature: string;
}

const repositoryUrls = (
  "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads " +
  "events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges " +
  "milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees"
).split(" ");
const personUrls = "followers following gists starred subscriptions organizations repos events received_events".split(
  " ",
);

/** Deliveries as GitHub writes them, 8 to 20 kB of JSON each, about nothing that onbehalf acts on. */
export function makePayloads(secret: string, count: number): Payload[] {
  return Array.from({ length: count }, (_, index) => {
    const event = ["push", "issue_comment", "pull_request"][index % 3] ?? "push";
    const body = JSON.stringify({ ...about(event, index), repository: repository(index), sender: person(index) });
    return { event, body, signature: `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
  });
}

function about(event: string, index: number): object {
  if (event === "push") {
    return {
      ref: "refs/heads/main",
      before: hash(index),
      after: hash(index + 1),
      commits: Array.from({ length: 3 }, (_, commit) => ({
        id: hash(commit),
        message: `Change ${commit} of push ${index}\n\nWhat it does is told here, in a sentence or two.`,
        url: `https://github.com/acme/site/commit/${hash(commit)}`,
        author: { name: `Person ${index}`, email: `person-${index}@example.com`, username: `person-${index}` },
        modified: ["README.md", "src/index.ts"],
      })),
    };
  }
  const issue = {
    number: index,
    title: `Subject ${index}`,
    user: person(index),
    body: "It does not work. ".repeat(40),
  };
  if (event === "issue_comment") {
    return {
      action: "created",
      issue,
      comment: {
        id: index,
        created_at: "2026-11-21T22:00:00Z",
        user: person(index),
        body: "It works here. ".repeat(20),
      },
    };
  }
  const side = { ref: "main", sha: hash(index), user: person(index), repo: repository(index) };
  return { action: "synchronize", pull_request: { ...issue, head: side, base: side } };
}

function repository(index: number): object {
  const base = `https://api.github.com/repos/acme/site-${index}`;
  const urls = repositoryUrls.map((name) => [`${name}_url`, `${base}/${name}{/sha}`]);
  return { id: index, full_name: `acme/site-${index}`, owner: person(index), ...Object.fromEntries(urls) };
}

function person(index: number): object {
  const base = `https://api.github.com/users/person-${index}`;
  const urls = personUrls.map((name) => [`${name}_url`, `${base}/${name}{/other}`]);
  return { id: index, login: `person-${index}`, type: "User", ...Object.fromEntries(urls) };
}

function hash(index: number): string {
  return createHmac("sha1", "bench").update(String(index)).digest("hex");
}
