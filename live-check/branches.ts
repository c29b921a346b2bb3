import { randomBytes } from "node:crypto";
import { z } from "zod";
import { brief, type GithubApi, read } from "./github-api.ts";
import type { Tokens } from "./tokens.ts";

/** Every branch that is touched is called like this. */
export const BRANCH_PREFIX = "onbehalf-live-check-";
/** A person protects this one by a ruleset beforehand. */
export const PROTECTED_BRANCH = `${BRANCH_PREFIX}protected`;

export interface Branch {
  name: string;
  head: string;
}

/** Branches of the throw-away repository, and their end. */
export interface Branches {
  /** A new branch at the default branch's head. */
  create(name?: string): Promise<Branch>;
  /** A name that no branch has. */
  unused(): string;
  /** One that somebody else makes on its behalf, to be removed as well. */
  adopt(name: string): void;
  /** Removes what was made. @returns what could not be removed, and why */
  removeAll(): Promise<string[]>;
}

const repositoryAnswer = z.object({ default_branch: z.string() });
const refAnswer = z.object({ object: z.object({ sha: z.string() }) });

export function createBranches(deps: { api: GithubApi; tokens: Tokens }, repository: string): Branches {
  const { api, tokens } = deps;
  const made = new Set<string>();
  const ours = (name: string) => {
    if (!name.startsWith(BRANCH_PREFIX)) throw new Error(`${name} is not a branch of the live check`);
    return name;
  };
  const unused = () => BRANCH_PREFIX + randomBytes(5).toString("hex");
  return {
    unused,
    adopt: (name) => void made.add(ours(name)),
    async create(name = unused()) {
      const token = await tokens.current();
      const { default_branch } = read(repositoryAnswer, await api.rest(token, "GET", `/repos/${repository}`));
      const path = `/repos/${repository}/git/ref/heads/${default_branch}`;
      const { sha } = read(refAnswer, await api.rest(token, "GET", path)).object;
      made.add(ours(name));
      const body = { ref: `refs/heads/${name}`, sha };
      const answer = await api.rest(token, "POST", `/repos/${repository}/git/refs`, body);
      if (answer.status !== 201) throw new Error(`the branch could not be made: ${brief(answer)}`);
      return { name, head: sha };
    },
    async removeAll() {
      const names = [...made];
      // Those that can't be removed are not tried again: the next experiments need the tokens for other things.
      made.clear();
      const left: string[] = [];
      for (const name of names) {
        const token = await tokens.current();
        const at = `/repos/${repository}/git`;
        const answer = await api.rest(token, "DELETE", `${at}/refs/heads/${name}`);
        const gone = answer.status === 204 || (await api.rest(token, "GET", `${at}/ref/heads/${name}`)).status === 404;
        if (!gone) left.push(`${name}: ${brief(answer)}`);
      }
      return left;
    },
  };
}
