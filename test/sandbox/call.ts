import type { Sandbox } from "../../sandbox/index.ts";

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

/** A request to the sandbox's REST API. */
export async function call(
  sandbox: Sandbox,
  method: string,
  path: string,
  options: { token?: string; basic?: string; body?: object } = {},
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (options.token) headers.authorization = `token ${options.token}`;
  if (options.basic) headers.authorization = `Basic ${Buffer.from(options.basic).toString("base64")}`;
  if (options.body) headers["content-type"] = "application/json";
  const init = { method, headers, redirect: "manual" as const };
  const answer = await fetch(
    sandbox.apiUrl + path,
    options.body ? { ...init, body: JSON.stringify(options.body) } : init,
  );
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}

/** A GraphQL request. */
export async function graphql(sandbox: Sandbox, token: string, query: string, variables: object = {}): Promise<Answer> {
  const url = sandbox.apiUrl.endsWith("/api/v3") ? `${sandbox.webUrl}/api/graphql` : `${sandbox.apiUrl}/graphql`;
  const answer = await fetch(url, {
    method: "POST",
    headers: { authorization: `bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
}

export const COMMIT = `mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit {
      oid url message
      author { name email user { login databaseId } }
      committer { name email }
      signature { isValid state wasSignedByGitHub }
      parents(first: 1) { nodes { oid } }
    }
    ref { name target { oid } }
  }
}`;

export interface CommitWish {
  repository?: string;
  branch?: string;
  head?: string;
  files?: Record<string, string>;
  deletions?: string[];
  message?: { headline: string; body?: string };
}

/** `createCommitOnBranch` with the real mutation. */
export async function commit(sandbox: Sandbox, token: string, wish: CommitWish = {}): Promise<Answer> {
  const repository = wish.repository ?? "acme/site";
  const branch = wish.branch ?? "main";
  const additions = Object.entries(wish.files ?? { "a.txt": "a\n" }).map(([path, text]) => ({
    path,
    contents: Buffer.from(text).toString("base64"),
  }));
  return graphql(sandbox, token, COMMIT, {
    input: {
      branch: { repositoryNameWithOwner: repository, branchName: branch },
      expectedHeadOid: wish.head ?? sandbox.repository(repository).head(branch),
      message: wish.message ?? { headline: "A change" },
      fileChanges: { additions, deletions: (wish.deletions ?? []).map((path) => ({ path })) },
    },
  });
}
