import { createClient, OnbehalfError } from "../src/client/create-client.ts";
import { DemoError } from "./demo-error.ts";
import { git } from "./git.ts";

/** What a bot asks for; contract: `POST /api/v1/commits`. */
export interface CommitBody {
  user: string;
  repository: string;
  branch: string;
  message: { headline: string; body?: string };
  changes: { path: string; content: string }[];
  requested_by?: string;
}

export interface ApiAnswer {
  status: number;
  body: Record<string, unknown>;
  ms: number;
}

/** The commit as the demo reports it. */
export interface CommitReport {
  oid: string;
  /** Name <e-mail>, from the bare repository. */
  author: string;
  committer: string;
  attribution: string;
  verified: boolean;
  /** From the bot's request to onbehalf's answer. */
  ms: number;
}

/** Sends a commit with a bot's key, through the client; a refusal is an answer here, as it is to whoever reads HTTP. */
export async function requestCommit(url: string, key: string, { user, ...wish }: CommitBody): Promise<ApiAnswer> {
  const begun = performance.now();
  const answer = await createClient({ url, key })
    .as(user)
    .commit(wish)
    .then(
      (commit) => ({ status: 201, body: { ...commit } }),
      (error) => {
        if (!(error instanceof OnbehalfError)) throw error;
        const { status, code, message, actionUrl } = error;
        return { status, body: { code, detail: message, action_url: actionUrl } };
      },
    );
  return { ...answer, ms: Math.round(performance.now() - begun) };
}

/**
 * Compares what onbehalf answered with what the bare repository holds.
 * @throws DemoError when they differ
 */
export async function readReport(answer: ApiAnswer, bare: { path: string; branch: string }): Promise<CommitReport> {
  const { oid, attribution, verified } = answer.body;
  if (answer.status !== 201 || typeof attribution !== "string" || typeof verified !== "boolean") {
    throw new DemoError(`The commit was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  const format = "--format=%H%n%an <%ae>%n%cn <%ce>";
  const shown = await git(["--git-dir", bare.path, "log", "-1", format, `refs/heads/${bare.branch}`, "--"]);
  const [head = "", author = "", committer = ""] = shown.split("\n");
  if (head !== oid) throw new DemoError(`onbehalf answered commit ${oid}, and the branch is at ${head}.`);
  return { oid: head, author, committer, attribution, verified, ms: answer.ms };
}
