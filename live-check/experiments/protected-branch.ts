import { z } from "zod";
import { PROTECTED_BRANCH } from "../branches.ts";
import type { Experiment } from "../experiment.ts";
import { graphqlError, read } from "../github-api.ts";
import { commitOnBranch } from "./commit-on-branch.ts";
import { told } from "./refusals.ts";

const refAnswer = z.object({ object: z.object({ sha: z.string() }) });

export const protectedBranch: Experiment = {
  id: "protected-branch",
  chapter: 6,
  questions: ["createCommitOnBranch on a protected branch: which error?"],
  steps: [
    `Before: add a ruleset for the branch ${PROTECTED_BRANCH} that requires a pull request and nothing else.`,
    "Makes that branch.",
    "Commits to it.",
  ],
  needs: ["token", "repository"],
  changes: `the branch ${PROTECTED_BRANCH}, removed afterwards`,
  async play(tools) {
    const { api, branches, repository, tokens } = tools;
    const path = `/repos/${repository.fullName}/git/ref/heads/${PROTECTED_BRANCH}`;
    const left = await api.rest(await tokens.current(), "GET", path);
    if (left.status === 200) branches.adopt(PROTECTED_BRANCH);
    const branch =
      left.status === 200
        ? { name: PROTECTED_BRANCH, head: read(refAnswer, left).object.sha }
        : await branches.create(PROTECTED_BRANCH);
    const answer = await commitOnBranch(tools, { branch, additions: [{ path: "live-check/a.txt", text: "a\n" }] });
    if (graphqlError(answer)) return [told(answer)];
    return [{ answer: "not told: nothing protects the branch", evidence: [`add a ruleset for ${PROTECTED_BRANCH}`] }];
  },
};
