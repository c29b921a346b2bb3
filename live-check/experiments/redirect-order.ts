import type { Experiment } from "../experiment.ts";
import { brief } from "../github-api.ts";

export const redirectOrder: Experiment = {
  id: "redirect-order",
  chapter: 1,
  questions: ["A foreign redirect_uri together with a wrong code: which of the two is told?"],
  steps: ["Sends the token endpoint a nonsense code with a redirect_uri that the App doesn't have."],
  needs: [],
  changes: null,
  async play({ api }) {
    const answer = await api.oauth({ code: "nonsense", redirect_uri: "https://live-check.invalid/callback" });
    const said = brief(answer);
    const told = ["redirect_uri_mismatch", "bad_verification_code"].find((code) => said.includes(code));
    return [{ answer: told ?? "neither", evidence: [said] }];
  },
};
