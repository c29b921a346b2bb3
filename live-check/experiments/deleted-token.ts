import type { Experiment } from "../experiment.ts";
import { brief } from "../github-api.ts";
import { discard } from "../tokens.ts";

export const deletedToken: Experiment = {
  id: "deleted-token",
  chapter: 4,
  questions: ["Does deleting a token (DELETE /applications/ID/token) kill its refresh token?"],
  steps: ["Fetches a pair of tokens.", "Deletes the access token.", "Refreshes with the refresh token."],
  needs: ["browser"],
  changes: "a token of its own is made and deleted",
  async play({ api, tokens, settings }) {
    const { access, refresh } = await tokens.fresh();
    if (!refresh) return [{ answer: "not told: this App's tokens don't expire", evidence: [] }];
    const path = `/applications/${settings.app.clientId}/token`;
    const deleted = await api.rest("client", "DELETE", path, { access_token: access });
    if (deleted.status !== 204) throw new Error(`the token was not deleted: ${brief(deleted)}`);
    const refreshed = await api.oauth({ grant_type: "refresh_token", refresh_token: refresh });
    await discard(api, settings, refreshed);
    const dead = brief(refreshed).includes("bad_refresh_token");
    const evidence = [`deleted: ${brief(deleted)}`, `refreshed: ${brief(refreshed)}`];
    return [{ answer: dead ? "yes" : "no: it still refreshes", evidence }];
  },
};
