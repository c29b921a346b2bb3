import { z } from "zod";
import type { Experiment, Tools } from "../experiment.ts";
import { graphqlError, read } from "../github-api.ts";

const NONE = "0".repeat(40);
const repositoryAnswer = z.object({ node_id: z.string() });

export const updateRefs: Experiment = {
  id: "update-refs",
  chapter: 6,
  questions: ["Does updateRefs with beforeOid work with a user token?"],
  steps: [
    "Makes a branch, to learn a commit.",
    "Creates another branch with updateRefs, expecting that there is none (beforeOid of zeros).",
    "Creates it once more: that must be refused.",
    "Removes it with updateRefs, expecting where it is.",
  ],
  needs: ["token", "repository"],
  changes: "two branches, removed afterwards",
  async play(tools) {
    const { head } = await tools.branches.create();
    const name = tools.branches.unused();
    tools.branches.adopt(name);
    const created = await update(tools, name, { beforeOid: NONE, afterOid: head });
    if (created) return [{ answer: `no: ${created.type}`, evidence: [created.message] }];
    const again = await update(tools, name, { beforeOid: NONE, afterOid: head });
    const removed = await update(tools, name, { beforeOid: head, afterOid: NONE });
    const compared = again ? "and compares" : "but does not compare";
    const answer = removed ? `creates ${compared}, removal: ${removed.type}` : `yes: it creates, removes ${compared}`;
    return [{ answer, evidence: [again ? `${again.type}: ${again.message}` : "no error", removed?.message ?? ""] }];
  },
};

async function update({ api, tokens, repository }: Tools, name: string, oids: { beforeOid: string; afterOid: string }) {
  const token = await tokens.current();
  const { node_id } = read(repositoryAnswer, await api.rest(token, "GET", `/repos/${repository.fullName}`));
  const mutation = "mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";
  const input = { repositoryId: node_id, refUpdates: [{ name: `refs/heads/${name}`, ...oids }] };
  return graphqlError(await api.graphql(token, mutation, { input }));
}
