import { commitChanges } from "@changesets/ghcommit";
import { Octokit } from "@octokit/core";
import { restEndpointMethods } from "@octokit/plugin-rest-endpoint-methods";
import { composeCreatePullRequest } from "octokit-plugin-create-pull-request";
import { z } from "zod";
import { BenchError } from "../bench-error.ts";
import type { Stage } from "../stage/stage.ts";
import type { Change } from "./change.ts";
import { encoded, sendMutation } from "./mutation.ts";
import { commitThroughOnbehalf } from "./onbehalf.ts";

export const ownWays = ["with_head", "without_head", "with_pull_request"] as const;
export const peers = ["@changesets/ghcommit", "octokit-plugin-create-pull-request"] as const;

type Way = (typeof ownWays)[number] | (typeof peers)[number] | "mutation_alone";

/** A way to make the same change. */
export interface Contender {
  way: Way;
  /** What it does, in a table. */
  title: string;
  /** Commits a change in its own repository. */
  commit(change: Change): Promise<unknown>;
}

const owner = "acme";
/** Each way has a repository of its own. */
const names = {
  mutation_alone: "mutation-alone",
  with_head: "with-head",
  without_head: "without-head",
  "@changesets/ghcommit": "ghcommit",
  with_pull_request: "with-pull-request",
  "octokit-plugin-create-pull-request": "create-pull-request",
} as const satisfies Record<Way, string>;

export const contenderRepositories = Object.values(names).map((name) => `${owner}/${name}`);

/** All of them commit as the same person: onbehalf through a bot, the others with the person's own token. */
export async function makeContenders(stage: Stage): Promise<Contender[]> {
  const [person] = stage.people;
  if (!person) throw new BenchError("The stage has nobody on it.");
  const octokit = new (Octokit.plugin(restEndpointMethods))({ auth: person.token, baseUrl: stage.github.apiUrl });
  return [
    await mutationAlone(stage, octokit),
    await onbehalfWithHead(stage, person.reference),
    onbehalfWithoutHead(stage, person.reference),
    ghcommit(octokit),
    onbehalfWithPullRequest(stage, person.reference),
    createPullRequest(octokit),
  ];
}

/** What can't be had for less: it shows what onbehalf's own work adds. */
async function mutationAlone({ github }: Stage, octokit: Octokit): Promise<Contender> {
  const repository = `${owner}/${names.mutation_alone}`;
  const answer = z.object({ createCommitOnBranch: z.object({ commit: z.object({ oid: z.string() }) }) });
  let head = await github.head(repository);
  return {
    way: "mutation_alone",
    title: "GitHub's mutation alone, head known",
    async commit(change) {
      const data = await sendMutation(octokit, { repository, branch: "main", head }, change);
      head = answer.parse(data).createCommitOnBranch.commit.oid;
    },
  };
}

async function onbehalfWithHead(stage: Stage, user: string): Promise<Contender> {
  const repository = `${owner}/${names.with_head}`;
  let head = await stage.github.head(repository);
  return {
    way: "with_head",
    title: "onbehalf, expected_head given",
    async commit(change) {
      head = await commitThroughOnbehalf(stage, { user, repository, branch: "main", expected_head: head }, change);
    },
  };
}

function onbehalfWithoutHead(stage: Stage, user: string): Contender {
  const wish = { user, repository: `${owner}/${names.without_head}`, branch: "main" };
  return {
    way: "without_head",
    title: "onbehalf, head not known",
    commit: (change) => commitThroughOnbehalf(stage, wish, change),
  };
}

function ghcommit(octokit: Octokit): Contender {
  const place = { owner, repo: names["@changesets/ghcommit"], branch: "main", base: { branch: "main" } };
  return {
    way: "@changesets/ghcommit",
    title: "@changesets/ghcommit",
    commit: ({ headline, files }) =>
      commitChanges({ octokit, ...place, message: { headline }, fileChanges: { additions: encoded(files) } }),
  };
}

function onbehalfWithPullRequest(stage: Stage, user: string): Contender {
  const repository = `${owner}/${names.with_pull_request}`;
  const base = "main";
  return {
    way: "with_pull_request",
    title: "onbehalf, new branch and pull request",
    commit(change) {
      const wish = { user, repository, branch: branchFor(change), base };
      return commitThroughOnbehalf(stage, { ...wish, pull_request: { title: change.headline, base } }, change);
    },
  };
}

/** It makes a branch and a pull request with every change, and nothing less. */
function createPullRequest(octokit: Octokit): Contender {
  const place = { owner, repo: names["octokit-plugin-create-pull-request"], base: "main" };
  return {
    way: "octokit-plugin-create-pull-request",
    title: "octokit-plugin-create-pull-request, the same",
    commit(change) {
      const { headline } = change;
      const files = Object.fromEntries(change.files.map(({ path, content }) => [path, content]));
      const wish = { title: headline, body: "", head: branchFor(change), changes: { files, commit: headline } };
      return composeCreatePullRequest(octokit, { ...place, ...wish });
    },
  };
}

function branchFor({ headline }: Change): string {
  return headline.toLowerCase().replaceAll(" ", "-");
}
