import { z } from "zod";
import { BRANCH_PREFIX } from "../branches.ts";
import type { Experiment } from "../experiment.ts";
import { brief, read } from "../github-api.ts";

const repositoryAnswer = z.object({
  default_branch: z.string(),
  permissions: z.object({ push: z.boolean() }).optional(),
});
const refAnswer = z.object({ object: z.object({ sha: z.string() }) });

export const noWriteAccess: Experiment = {
  id: "no-write-access",
  chapter: 6,
  questions: ["A write through REST by a person without push access, where the App is installed: 403 or 404?"],
  steps: ["Sees that the person may not push.", `Asks for a branch ${BRANCH_PREFIX}… there, which must be refused.`],
  needs: ["token", "readOnlyRepository"],
  changes: "nothing that could succeed: a branch that must be refused",
  async play({ api, tokens, settings, branches }) {
    const token = await tokens.current();
    const at = `/repos/${settings.readOnlyRepository}`;
    const { default_branch, permissions } = read(repositoryAnswer, await api.rest(token, "GET", at));
    if (permissions?.push !== false) return [{ answer: "not told: the person may push there", evidence: [] }];
    const { sha } = read(refAnswer, await api.rest(token, "GET", `${at}/git/ref/heads/${default_branch}`)).object;
    const name = branches.unused();
    const answer = await api.rest(token, "POST", `${at}/git/refs`, { ref: `refs/heads/${name}`, sha });
    if (answer.status === 201) await api.rest(token, "DELETE", `${at}/git/refs/heads/${name}`);
    return [{ answer: String(answer.status), evidence: [brief(answer)] }];
  },
};
