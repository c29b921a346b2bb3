import { z } from "zod";
import type { Experiment } from "../experiment.ts";
import { brief, read } from "../github-api.ts";
import { commitAnswer, commitOnBranch } from "./commit-on-branch.ts";

const contentsAnswer = z.object({
  commit: z.object({
    committer: z.object({ name: z.string() }),
    verification: z.object({ verified: z.boolean(), reason: z.string() }),
  }),
});

export const signatures: Experiment = {
  id: "signatures",
  chapter: 6,
  questions: [
    "Is a commit of createCommitOnBranch by a user token committed and signed by GitHub?",
    "Is a commit of the contents API by a user token committed and signed by GitHub?",
  ],
  steps: ["Makes a branch.", "Commits a file with createCommitOnBranch.", "Commits another one with PUT contents."],
  needs: ["token", "repository"],
  changes: "a branch with two commits, removed afterwards",
  async play(tools) {
    const { api, branches, repository, tokens } = tools;
    const branch = await branches.create();
    const made = await commitOnBranch(tools, { branch, additions: [{ path: "live-check/a.txt", text: "a\n" }] });
    const { signature, committer } = read(commitAnswer, made).data.createCommitOnBranch.commit;
    const body = { message: "onbehalf live check", content: "Ygo=", branch: branch.name };
    const path = `/repos/${repository.fullName}/contents/live-check/b.txt`;
    const put = await api.rest(await tokens.current(), "PUT", path, body);
    if (put.status !== 201) throw new Error(brief(put));
    const { committer: by, verification } = read(contentsAnswer, put).commit;
    return [
      {
        answer: signature?.isValid && signature.wasSignedByGitHub ? "yes" : "no",
        evidence: [`committer ${committer.name}, signature ${signature?.state ?? "none"}`],
      },
      {
        answer: verification.verified ? "yes" : "no",
        evidence: [`committer ${by.name}, verification ${verification.reason}`],
      },
    ];
  },
};
