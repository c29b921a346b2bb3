import { parseArgs } from "node:util";
import { fuzzGit } from "./fuzz-git.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: String(Date.now()) } },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const turns = await fuzzGit({ seed, forMs: Number(values.seconds) * 1000 });
console.log(`${turns} inputs taken or refused`);
