import { z } from "zod";
import type { Experiment } from "../experiment.ts";
import { read } from "../github-api.ts";
import { commitOnBranch } from "./commit-on-branch.ts";
import { told } from "./refusals.ts";

const repositoryAnswer = z.object({ archived: z.boolean(), default_branch: z.string() });

export const archivedRepository: Experiment = {
  id: "archived-repository",
  chapter: 6,
  questions: ["createCommitOnBranch in an archived repository: which error?"],
  steps: [
    "Sees that the repository is archived.",
    "Commits to its default branch on a head that no branch can have, so that it can't succeed.",
  ],
  needs: ["token", "archivedRepository"],
  changes: "nothing that could succeed: a commit that must be refused",
  async play(tools) {
    const repository = tools.settings.archivedRepository ?? "";
    const answer = await tools.api.rest(await tools.tokens.current(), "GET", `/repos/${repository}`);
    const { archived, default_branch } = read(repositoryAnswer, answer);
    if (!archived) return [{ answer: "not told: the repository is not archived", evidence: [] }];
    const branch = { name: default_branch, head: "0".repeat(40) };
    const additions = [{ path: "live-check/a.txt", text: "a\n" }];
    return [told(await commitOnBranch(tools, { branch, additions, repository }))];
  },
};
