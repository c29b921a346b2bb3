import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Experiment } from "../experiment.ts";
import { brief, type GithubApi, read } from "../github-api.ts";

const deliveriesAnswer = z.array(z.object({ id: z.number(), event: z.string(), action: z.string().nullable() }));
const PAUSE_MS = 2_000;

export const deletedGrant: Experiment = {
  id: "deleted-grant",
  chapter: 4,
  questions: ["Is github_app_authorization sent when the grant is deleted through the API?"],
  steps: [
    "Fetches a pair of tokens.",
    "Deletes the person's grant for the App, with every token of it.",
    "Looks at /app/hook/deliveries until the event is there, for as long as LIVE_CHECK_WAIT_SECONDS says (90).",
  ],
  needs: ["browser"],
  changes: "the person's grant for the App is deleted, and all of their tokens for it die",
  async play({ api, tokens, settings }) {
    const before = (await revocations(api)).at(0) ?? 0;
    const { access } = await tokens.fresh();
    const path = `/applications/${settings.app.clientId}/grant`;
    const deleted = await api.rest("client", "DELETE", path, { access_token: access });
    if (deleted.status !== 204) throw new Error(`the grant was not deleted: ${brief(deleted)}`);
    const begun = Date.now();
    const late = begun + settings.waitSeconds * 1000;
    for (;;) {
      const sent = (await revocations(api)).some((id) => id > before);
      const seconds = Math.round((Date.now() - begun) / 1000);
      if (sent) return [{ answer: "yes", evidence: [`deleted: ${brief(deleted)}; delivered within ${seconds} s`] }];
      if (Date.now() >= late)
        return [{ answer: `no, not within ${settings.waitSeconds} s`, evidence: [brief(deleted)] }];
      await sleep(Math.min(PAUSE_MS, Math.max(0, late - Date.now())));
    }
  },
};

/** Numbers of the deliveries that told of a revocation, newest first. */
async function revocations(api: GithubApi): Promise<number[]> {
  const answer = await api.rest("app", "GET", "/app/hook/deliveries?per_page=100");
  return read(deliveriesAnswer, answer)
    .filter(({ event, action }) => event === "github_app_authorization" && action === "revoked")
    .map(({ id }) => id);
}
