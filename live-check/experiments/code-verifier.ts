import type { Experiment } from "../experiment.ts";
import { brief } from "../github-api.ts";
import { discard } from "../tokens.ts";

export const codeVerifier: Experiment = {
  id: "code-verifier",
  chapter: 1,
  questions: ["Does a wrong code_verifier use the code up?"],
  steps: ["Fetches a code.", "Exchanges it with a wrong verifier.", "Exchanges it with the right one."],
  needs: ["browser"],
  changes: "perhaps a token of its own is made and deleted",
  async play({ api, tokens, settings }) {
    const { code, verifier, redirectUri } = await tokens.code();
    const exchange = (code_verifier: string) => api.oauth({ code, code_verifier, redirect_uri: redirectUri });
    const wrong = brief(await exchange("wrong".padEnd(43, "-")));
    const right = await exchange(verifier);
    await discard(api, settings, right);
    const refused = brief(right).includes("bad_verification_code");
    return [{ answer: refused ? "yes" : "no: the right one still works", evidence: [wrong, brief(right)] }];
  },
};
