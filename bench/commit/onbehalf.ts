import { z } from "zod";
import { BenchError } from "../bench-error.ts";
import type { Stage } from "../stage/stage.ts";
import type { Change } from "./change.ts";

const answer = z.object({ oid: z.string(), attribution: z.literal("user"), verified: z.literal(true) });
const withPullRequest = answer.extend({ pull_request: z.object({ number: z.number() }) });

export interface Wish {
  user: string;
  repository: string;
  branch: string;
  base?: string;
  expected_head?: string;
  pull_request?: { title: string; base: string };
}

/**
 * Commits as a person through onbehalf, as a bot does.
 * @returns the commit
 */
export async function commitThroughOnbehalf({ url, key }: Stage, wish: Wish, change: Change): Promise<string> {
  const response = await fetch(`${url}/api/v1/commits`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...wish, message: { headline: change.headline }, changes: change.files }),
  });
  const body = await response.text();
  const made =
    response.status === 201 ? (wish.pull_request ? withPullRequest : answer).safeParse(JSON.parse(body)) : null;
  if (!made?.success) throw new BenchError(`onbehalf answered a commit with ${response.status}: ${body}`);
  return made.data.oid;
}
