import { z } from "zod";
import type { GithubProvider } from "../../config/github-app.ts";
import { Problem, type ProblemCode } from "../../errors.ts";
import type { GithubClient } from "../../github/client.ts";
import { type GithubApps, githubApp } from "../../github/github-apps.ts";
import { createIssueComment, hasIssueComment, type IssuePlace } from "../../github/issue-comments.ts";
import type { RepositoryName } from "../../github/read-branch.ts";
import { readRepository } from "../../github/read-repository.ts";
import type { Log } from "../../log.ts";
import type { Providers } from "../../providers/index.ts";
import { type AskingComment, claimComment, releaseComment, settleComment } from "../../store/answered-comments.ts";
import { writeAudit } from "../../store/audit.ts";
import { type Commenter, readCommenter } from "../../store/commenter.ts";
import type { Database } from "../../store/database.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { parseRepository } from "../commits/names.ts";
import { usualApp } from "../delegations/named-app.ts";
import { whoamiWords } from "./whoami-words.ts";

export interface CommentDeps {
  database: Database;
  client: GithubClient;
  apps: GithubApps;
  log: Log;
  providers: Providers;
  publicUrl: string;
  userTokensEnabled: boolean;
}

/** Nearly all comments are none of ours, and nothing more is asked of them. */
const anyComment = z.object({ comment: z.object({ body: z.string().nullish() }) });
const commentEvent = z.object({
  issue: z.object({ number: z.number().int() }),
  comment: z.object({
    id: z.number().int(),
    body: z.string().nullish(),
    created_at: z.string(),
    user: z.object({ id: z.number().int(), login: z.string(), type: z.string() }).nullish(),
    performed_via_github_app: z.unknown(),
  }),
  repository: z.object({ id: z.number().int(), full_name: z.string() }),
});
type CommentEvent = z.infer<typeof commentEvent>;

const question = /^\/onbehalf[ \t]+whoami[ \t]*$/;

/** Where nothing changes by itself: the comment stays without an answer. */
const unanswerable: readonly ProblemCode[] = [
  "app_not_installed",
  "no_write_access",
  "repository_not_found",
  "bad_request",
];

/**
 * Answers a new comment whose first line is `/onbehalf whoami` with what bots could do there as whoever wrote it, in the
 * app's name. Only people are answered, and nobody who writes through an app: a bot that may write as a person would
 * read here what others may.
 *
 * It is answered once. The delivery may be handled again, and its id is in no signature, so the comment's number counts.
 * When it isn't known whether an answer was sent it is looked for first. Where two Apps are installed both are told of
 * the comment, and the first to claim it answers for both.
 */
export async function answerWhoami(deps: CommentDeps, provider: GithubProvider, payload: unknown): Promise<void> {
  const [firstLine = ""] = (anyComment.safeParse(payload).data?.comment.body ?? "").split(/\r?\n/);
  if (!question.test(firstLine)) return;
  const event = commentEvent.parse(payload);
  const { comment, repository } = event;
  if (comment.user?.type !== "User" || comment.performed_via_github_app) return;
  const asking = { provider: usualApp, number: comment.id, repositoryNumber: repository.id };
  const claim = await claimComment(deps.database, asking);
  if (claim === "answered") return;
  if (claim === "too many") {
    deps.log.warn({ repository: repository.id }, "a repository asks too often: a comment is not answered");
    return;
  }
  if (claim === "busy") throw new Error("another process answers this comment just now");
  try {
    await answer(deps, asking, { ...event, provider, author: comment.user, again: claim === "again" });
  } catch (error) {
    if (!(error instanceof Problem) || !unanswerable.includes(error.code)) {
      await releaseComment(deps.database, asking);
      throw error;
    }
    deps.log.warn({ err: error, repository: repository.id }, "a comment can't be answered there");
    await settleComment(deps.database, asking);
  }
}

async function answer(
  deps: CommentDeps,
  asking: AskingComment,
  event: CommentEvent & { provider: GithubProvider; author: { id: number; login: string }; again: boolean },
): Promise<void> {
  const { database, log, publicUrl, userTokensEnabled } = deps;
  const { provider, comment, author } = event;
  const { id: number, full_name: lastName } = event.repository;
  const named = { ...parseRepository(lastName), number };
  const token = await githubApp(deps, provider).tokenByNumber(named, { metadata: "read", issues: "write" });
  const repository = (await readRepository(deps, token, { id: number }))?.fullName ?? lastName;
  const place: IssuePlace = { repository: parseRepository(repository), issue: event.issue.number };
  const mark = `<!-- onbehalf whoami ${comment.id} -->`;
  if (event.again) {
    const bots = await Promise.all([...deps.apps.values()].map((app) => app.bot(token)));
    const by = bots.map(({ id }) => id);
    if (await hasIssueComment(deps, token, place, { by, text: mark, since: comment.created_at })) {
      await settleComment(database, asking);
      return;
    }
  }
  const person = await readPerson(deps, { ...event, repository: place.repository });
  const words = whoamiWords({ login: author.login, repository, person, publicUrl, userTokensEnabled });
  const sent = await createIssueComment(deps, token, place, `${words}\n\n${mark}`);
  if (!sent) log.info({ repository: number }, "nobody can comment on an issue: a comment is not answered");
  await database.transaction(async (transaction) => {
    await settleComment(transaction, asking);
    await writeAudit(
      transaction,
      {
        action: "whoami",
        actor: "user",
        userId: person?.userId ?? null,
        provider,
        repository,
        attribution: "app",
        detail: { comment: comment.id },
      },
      sent ? { result: "succeeded" } : { result: "failed", code: "no_write_access" },
    );
  });
}

/**
 * What the person has let bots do through each App that is installed there: the one that told of the comment, and what
 * the other one has besides.
 * @returns null: onbehalf does not know them
 */
async function readPerson(
  deps: CommentDeps,
  { provider, author, repository }: { provider: GithubProvider; author: { id: number }; repository: RepositoryName },
): Promise<(Commenter & { delegations: (Commenter["delegations"][number] & { through?: string })[] }) | null> {
  const covering = await Promise.all(
    [...deps.apps].map(async ([id, app]) => (id === provider || (await app.permissions(repository)) ? [id] : [])),
  );
  const found = await Promise.all(
    covering.flat().map(async (id) => {
      const person = await readCommenter(deps.database, { provider: id, providerUid: String(author.id) });
      const through = id === usualApp ? {} : { through: namedProvider(deps, id).name };
      const delegations = person?.connected ? person.delegations.map((one) => ({ ...one, ...through })) : [];
      return person ? [{ ...person, delegations }] : [];
    }),
  );
  const [first, ...others] = found.flat();
  if (!first) return null;
  return {
    userId: first.userId,
    connected: [first, ...others].some(({ connected }) => connected),
    delegations: [first, ...others].flatMap(({ delegations }) => delegations),
  };
}
