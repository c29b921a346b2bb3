import type { Experiment } from "../experiment.ts";
import { isAlive, type Pair } from "../tokens.ts";

const MANY = 11;

export const eleventhToken: Experiment = {
  id: "eleventh-token",
  chapter: 3,
  questions: ["Does the eleventh token of a person for the App evict the oldest one?"],
  steps: [
    `Fetches ${MANY} pairs of tokens. GitHub may ask the person to confirm when they become many.`,
    "Looks which of them live.",
  ],
  needs: ["browser"],
  changes: `${MANY} tokens of its own are made; the oldest tokens of the person for the App may die`,
  async play({ api, tokens, settings }) {
    const pairs: Pair[] = [];
    while (pairs.length < MANY) pairs.push(await tokens.fresh());
    const alive = await Promise.all(pairs.map(({ access }) => isAlive(api, settings, access)));
    const living = alive.filter(Boolean).length;
    const dead = alive.flatMap((lives, place) => (lives ? [] : [place + 1]));
    const evidence = [`of ${MANY} one after another ${living} live; dead: ${dead.join(", ") || "none"}`];
    return [{ answer: dead.length === 0 ? "no" : dead[0] === 1 ? "yes" : "another than the oldest", evidence }];
  },
};
