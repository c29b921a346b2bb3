import type { Branches } from "./branches.ts";
import type { GithubApi } from "./github-api.ts";
import type { Settings } from "./settings.ts";
import type { Tokens } from "./tokens.ts";

/** What an experiment works with. */
export interface Tools {
  settings: Settings;
  api: GithubApi;
  tokens: Tokens;
  branches: Branches;
  /** The throw-away repository; only for experiments that need it. */
  repository: { owner: string; name: string; fullName: string };
}

/** What has to be set for an experiment. */
export type Need = "token" | "browser" | "repository" | "readOnlyRepository" | "archivedRepository";

export interface Row {
  question: string;
  answer: string;
  /** What GitHub said, before it is redacted. */
  evidence: string[];
}

/** One [?] of the facts, or a few that one set-up answers. */
export interface Experiment {
  id: string;
  /** The chapter of the collected facts about GitHub that asks. */
  chapter: number;
  questions: string[];
  /** What it does, step by step. */
  steps: string[];
  needs: Need[];
  /** What it changes at GitHub; null: nothing. */
  changes: string | null;
  /** An answer for each question, in their order. */
  play(tools: Tools): Promise<Omit<Row, "question">[]>;
}
