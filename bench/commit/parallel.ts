import { ProbotOctokit } from "probot";
import type { BenchDeps } from "../benchmarks.ts";
import { median } from "../stage/median.ts";
import type { Stage } from "../stage/stage.ts";
import { makeChange } from "./change.ts";
import { sendMutation } from "./mutation.ts";
import { commitThroughOnbehalf } from "./onbehalf.ts";

/** A repository for each of the people. */
export function userRepositories(users: number): string[] {
  return Array.from({ length: users }, (_, index) => `acme/parallel-${index + 1}`);
}

/** Seconds until the last answer. */
export interface Parallel {
  onbehalf: number;
  probot: number;
}

/** Many people commit at once, each to a repository of their own, on a head that is known. */
export async function compareParallel({ progress, signal, quick }: BenchDeps, stage: Stage): Promise<Parallel> {
  const users = stage.people.length;
  const rounds = quick ? 1 : 3;
  const repositories = userRepositories(users);
  progress(`${users} people at once through onbehalf, ${rounds} times.`);
  let heads = await Promise.all(repositories.map((repository) => stage.github.head(repository)));
  const onbehalf: number[] = [];
  for (let round = -1; round < rounds; round++) {
    signal.throwIfAborted();
    const commit = async (expected_head: string, index: number) => {
      const user = stage.people[index]?.reference ?? "";
      const repository = repositories[index] ?? "";
      return commitThroughOnbehalf(stage, { user, repository, branch: "main", expected_head }, makeChange(1));
    };
    const begun = performance.now();
    heads = await Promise.all(heads.map(commit));
    if (round >= 0) onbehalf.push((performance.now() - begun) / 1000);
  }
  progress(`The same once through Probot's client, which takes about ${users} s.`);
  return { onbehalf: median(onbehalf), probot: await throughProbot(stage, heads) };
}

/** A client for each person as Probot makes clients; its throttle keeps one queue for all of them. */
async function throughProbot({ github, people }: Stage, heads: string[]): Promise<number> {
  const clients = people.map(({ token }) => new ProbotOctokit({ auth: { token }, baseUrl: github.apiUrl }));
  const repositories = userRepositories(people.length);
  const begun = performance.now();
  await Promise.all(
    heads.map(async (head, index) => {
      const client = clients[index];
      const repository = repositories[index] ?? "";
      if (client) await sendMutation(client, { repository, branch: "main", head }, makeChange(1));
    }),
  );
  return (performance.now() - begun) / 1000;
}
