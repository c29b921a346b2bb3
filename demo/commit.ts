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

/** Sends a commit with a bot's key. */
export async function requestCommit(url: string, key: string, body: CommitBody): Promise<ApiAnswer> {
  const begun = performance.now();
  const response = await fetch(`${url}/api/v1/commits`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  const ms = Math.round(performance.now() - begun);
  return { status: response.status, body: typeof answer === "object" ? { ...answer } : {}, ms };
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
