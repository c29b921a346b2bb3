import { z } from "zod";
import type { Experiment } from "../experiment.ts";
import { brief, read } from "../github-api.ts";

const appAnswer = z.object({ permissions: z.record(z.string(), z.string()) });

export const memberships: Experiment = {
  id: "memberships",
  chapter: 4,
  questions: ["Does /user/memberships/orgs/ORG answer a user token of an App without the members permission?"],
  steps: ["Asks which permissions the App has.", "Asks as the person for the membership of the organisation."],
  needs: ["token", "repository"],
  changes: null,
  async play({ api, tokens, repository, settings }) {
    const { permissions } = read(appAnswer, await api.rest("app", "GET", "/app"));
    const organization = settings.organization ?? repository.owner;
    const answer = await api.rest(await tokens.current(), "GET", `/user/memberships/orgs/${organization}`);
    const evidence = [`${brief(answer)} (members permission: ${permissions.members ?? "none"})`];
    if (permissions.members) return [{ answer: "not told: this App has the members permission", evidence }];
    if (answer.status === 200) return [{ answer: "yes", evidence }];
    if (answer.status === 403) return [{ answer: "no: 403", evidence }];
    return [{ answer: `${answer.status}: not a member, or not shown`, evidence }];
  },
};
