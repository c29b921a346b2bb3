import type { Experiment, Row } from "../experiment.ts";
import { type Answer, brief, graphqlError, read } from "../github-api.ts";
import { commitAnswer, commitOnBranch } from "./commit-on-branch.ts";

const file = { path: "live-check/a.txt", text: "a\n" };

export const refusals: Experiment = {
  id: "refusals",
  chapter: 6,
  questions: [
    "createCommitOnBranch on a head that has moved: which error?",
    "createCommitOnBranch that deletes a missing path: which error?",
    "createCommitOnBranch on a branch that doesn't exist: which error?",
    "createCommitOnBranch that changes nothing: which error, or which commit?",
  ],
  steps: [
    "Makes a branch and commits a file.",
    "Commits again on the head before that.",
    "Deletes a path that isn't there.",
    "Commits to a branch that was never made.",
    "Commits the same file once more.",
  ],
  needs: ["token", "repository"],
  changes: "a branch with one or two commits, removed afterwards",
  async play(tools) {
    const before = await tools.branches.create();
    const made = await commitOnBranch(tools, { branch: before, additions: [file] });
    const head = read(commitAnswer, made).data.createCommitOnBranch.commit.oid;
    const branch = { name: before.name, head };
    const moved = await commitOnBranch(tools, { branch: before, additions: [{ ...file, text: "b\n" }] });
    const missing = await commitOnBranch(tools, { branch, deletions: ["live-check/none.txt"] });
    const nowhere = { name: tools.branches.unused(), head };
    tools.branches.adopt(nowhere.name);
    const unknown = await commitOnBranch(tools, { branch: nowhere, additions: [file] });
    const unchanged = await commitOnBranch(tools, { branch, additions: [file] });
    return [moved, missing, unknown, unchanged].map(told);
  },
};

/** The error, or that there was none. */
export function told(answer: Answer): Omit<Row, "question"> {
  const error = graphqlError(answer);
  if (error) return { answer: error.type, evidence: [error.message] };
  const made = commitAnswer.safeParse(answer.body).success;
  return { answer: made ? "no error: a commit was made" : brief(answer), evidence: [brief(answer)] };
}
