import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import { type GithubClient, GraphqlRefusal, type RestAnswer } from "./client.ts";
import type { CreatedCommit } from "./created-commit.ts";
import type { RepositoryName } from "./read-branch.ts";
import { readTree } from "./read-tree.ts";

/** One file of a commit that is built from git's own objects. */
export interface UnsignedFile {
  path: string;
  /** Null: deleted. */
  content: Buffer | null;
  /** Null: what the file has, else plain. */
  mode: "100644" | "100755" | "120000" | null;
}

const object = z.object({ sha: z.string() });
const madeCommit = z.object({
  sha: z.string(),
  html_url: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  verification: z.object({ verified: z.boolean() }),
});

/**
 * Commits through the git data API, which knows modes, links and large files, and which GitHub does not sign. The
 * branch moves last, fast-forward only, so a head that moved leaves everything as it was.
 * https://docs.github.com/en/rest/git
 * @throws GraphqlRefusal with type STALE_DATA when the head moved, UNPROCESSABLE for what else GitHub had against it
 */
export async function createUnsignedCommit(
  deps: { client: GithubClient },
  token: string,
  commit: {
    repository: RepositoryName;
    branch: string;
    expectedHead: string;
    message: string;
    files: readonly UnsignedFile[];
  },
): Promise<CreatedCommit> {
  const { repository, expectedHead, files, branch } = commit;
  const place = { owner: repository.owner, repo: repository.name };
  const paths = files.map((file) => file.path);
  const head = accepted(
    z.object({ tree: object }),
    await deps.client.rest(token, "GET /repos/{owner}/{repo}/git/commits/{sha}", { ...place, sha: expectedHead }),
  );
  const before = await readTree(deps, token, { repository, tree: head.tree.sha, paths });
  const missing = files.find((file) => file.content === null && !before.has(file.path));
  if (missing) {
    throw new GraphqlRefusal([
      { type: "UNPROCESSABLE", message: `A path was requested for deletion which does not exist: ${missing.path}` },
    ]);
  }
  const tree: { path: string; mode: string; type: "blob"; sha: string | null }[] = [];
  for (const { path, content, mode } of files) {
    const kept = before.get(path)?.mode;
    // A new content for a link is a new plain file; only the executable bit is kept.
    const entry = { path, mode: mode ?? (kept === "100755" ? kept : "100644"), type: "blob" } as const;
    if (content === null) {
      tree.push({ ...entry, sha: null });
      continue;
    }
    const blob = await deps.client.rest(token, "POST /repos/{owner}/{repo}/git/blobs", {
      ...place,
      content: content.toString("base64"),
      encoding: "base64",
    });
    tree.push({ ...entry, sha: accepted(object, blob).sha });
  }
  const madeTree = accepted(
    object,
    await deps.client.rest(token, "POST /repos/{owner}/{repo}/git/trees", { ...place, base_tree: head.tree.sha, tree }),
  );
  const made = accepted(
    madeCommit,
    await deps.client.rest(token, "POST /repos/{owner}/{repo}/git/commits", {
      ...place,
      message: commit.message,
      tree: madeTree.sha,
      parents: [expectedHead],
    }),
  );
  const moved = await deps.client.rest(token, "PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
    ...place,
    ref: `heads/${branch}`,
    sha: made.sha,
    force: false,
  });
  if (moved.status === 422 && /not a fast.forward/i.test(messageOf(moved.data))) {
    throw new GraphqlRefusal([{ type: "STALE_DATA", message: messageOf(moved.data) }]);
  }
  accepted(z.object({ object }), moved);
  return {
    oid: made.sha,
    url: made.html_url,
    verified: made.verification.verified,
    author: { login: null, name: made.author.name, email: made.author.email },
  };
}

function accepted<Schema extends z.ZodType>(schema: Schema, answer: RestAnswer): z.infer<Schema> {
  if (answer.status >= 400) {
    const type = answer.status === 404 ? "NOT_FOUND" : answer.status === 403 ? "FORBIDDEN" : "UNPROCESSABLE";
    throw new GraphqlRefusal([{ type, message: messageOf(answer.data) }]);
  }
  const parsed = schema.safeParse(answer.data);
  if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about git's objects can't be understood");
  return parsed.data;
}

function messageOf(data: unknown): string {
  const parsed = z.object({ message: z.string() }).safeParse(data);
  return parsed.success ? parsed.data.message : "refused";
}
