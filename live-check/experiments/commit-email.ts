import { z } from "zod";
import type { Experiment } from "../experiment.ts";
import { graphqlError, read } from "../github-api.ts";

const emailAnswer = z.object({
  data: z.object({ repository: z.object({ viewerDefaultCommitEmail: z.string().nullable() }) }),
});

export const commitEmail: Experiment = {
  id: "commit-email",
  chapter: 6,
  questions: ["Does Repository.viewerDefaultCommitEmail answer a GitHub App's user token?"],
  steps: ["Asks GraphQL for viewerDefaultCommitEmail of the repository, as the person."],
  needs: ["token", "repository"],
  changes: null,
  async play({ api, tokens, repository }) {
    const query =
      "query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { viewerDefaultCommitEmail } }";
    const answer = await api.graphql(await tokens.current(), query, repository);
    const error = graphqlError(answer);
    if (error) return [{ answer: "no: an error", evidence: [`${error.type}: ${error.message}`] }];
    const { viewerDefaultCommitEmail: email } = read(emailAnswer, answer).data.repository;
    if (email === null) return [{ answer: "no: null", evidence: ["null"] }];
    const kind = email.endsWith("@users.noreply.github.com") ? "a noreply address" : "an address";
    return [{ answer: `yes: ${kind}`, evidence: [email] }];
  },
};
