import { z } from "zod";
import type { Experiment, Tools } from "../experiment.ts";
import { brief, read } from "../github-api.ts";
import { isAlive } from "../tokens.ts";

const scopedAnswer = z.object({ token: z.string(), expires_at: z.string().nullable() });
const MANY = 11;

export const scopedTokens: Experiment = {
  id: "scoped-tokens",
  chapter: 4,
  questions: [
    "How long does a token of /token/scoped live?",
    "Do scoped tokens count towards the ten of a person?",
    "Does a scoped token die with the token that it was made from?",
  ],
  steps: [
    "Fetches a pair of tokens.",
    `Makes ${MANY} scoped tokens of it for the repository, one after another.`,
    "Looks which tokens live.",
    "Deletes the token that they were made from, and looks again.",
  ],
  needs: ["browser", "repository"],
  changes: `${MANY + 1} tokens of its own are made; the oldest tokens of the person for the App may die`,
  async play(tools) {
    const { api, tokens, settings } = tools;
    const { access } = await tokens.fresh();
    const parent = await expiry(tools, access);
    const begun = Date.now();
    const scoped = [];
    for (let made = await makeScoped(tools, access); made; made = await makeScoped(tools, access)) {
      scoped.push(made);
      if (scoped.length === MANY) break;
    }
    const [first, last] = [scoped[0], scoped.at(-1)];
    if (!first || !last) throw new Error("no scoped token was made");
    const parentLives = await isAlive(api, settings, access);
    const firstLives = await isAlive(api, settings, first.token);
    const path = `/applications/${settings.app.clientId}/token`;
    const deleted = await api.rest("client", "DELETE", path, { access_token: access });
    const lastLives = await isAlive(api, settings, last.token);
    for (const { token } of scoped) await api.rest("client", "DELETE", path, { access_token: token });
    const survivors = `parent ${parentLives ? "alive" : "dead"}, first of ${scoped.length} ${firstLives ? "alive" : "dead"}`;
    return [
      { answer: lifetime(first.expires_at, parent, begun), evidence: ["expires_at of the answer"] },
      { answer: parentLives && firstLives ? "no" : "yes", evidence: [survivors] },
      parentLives
        ? { answer: lastLives ? "no" : "yes", evidence: [`parent deleted: ${brief(deleted)}`] }
        : { answer: "not told: the parent had died before", evidence: [] },
    ];
  },
};

/** Null: the token that it is made from has died, perhaps of those made before. */
async function makeScoped({ api, settings, repository, tokens }: Tools, access: string) {
  const body = { access_token: access, target: repository.owner, repositories: [repository.name] };
  const answer = await api.rest("client", "POST", `/applications/${settings.app.clientId}/token/scoped`, body);
  if (answer.status === 404 && !(await isAlive(api, settings, access))) return null;
  const made = read(scopedAnswer, answer);
  tokens.hide(made.token);
  return made;
}

async function expiry({ api, settings }: Tools, access: string): Promise<string | null> {
  const path = `/applications/${settings.app.clientId}/token`;
  const checked = await api.rest("client", "POST", path, { access_token: access });
  return z.object({ expires_at: z.string().nullable() }).safeParse(checked.body).data?.expires_at ?? null;
}

function lifetime(expiresAt: string | null, parent: string | null, begun: number): string {
  if (expiresAt === null) return "it does not expire";
  const hours = Math.round((Date.parse(expiresAt) - begun) / 360_000) / 10;
  const apart = parent === null ? Number.NaN : Math.abs(Date.parse(expiresAt) - Date.parse(parent));
  return `${hours} hours${apart === 0 ? ", to the second as long as its parent" : ""}`;
}
