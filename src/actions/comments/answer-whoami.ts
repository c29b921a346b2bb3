import { z } from "zod";
import { Problem, type ProblemCode } from "../../errors.ts";
import type { AppInstallation } from "../../github/app-installation.ts";
import type { GithubClient } from "../../github/client.ts";
import { createIssueComment, hasIssueComment, type IssuePlace } from "../../github/issue-comments.ts";
import { readRepository } from "../../github/read-repository.ts";
import type { Log } from "../../log.ts";
import { type AskingComment, claimComment, releaseComment, settleComment } from "../../store/answered-comments.ts";
import { writeAudit } from "../../store/audit.ts";
import { readCommenter } from "../../store/commenter.ts";
import type { Database } from "../../store/database.ts";
import { parseRepository } from "../commits/names.ts";
import { whoamiWords } from "./whoami-words.ts";

export interface CommentDeps {
  database: Database;
  client: GithubClient;
  app: AppInstallation;
  log: Log;
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
 * When it isn't known whether an answer was sent it is looked for first.
 */
export async function answerWhoami(deps: CommentDeps, provider: string, payload: unknown): Promise<void> {
  const [firstLine = ""] = (anyComment.safeParse(payload).data?.comment.body ?? "").split(/\r?\n/);
  if (!question.test(firstLine)) return;
  const event = commentEvent.parse(payload);
  const { comment, repository } = event;
  if (comment.user?.type !== "User" || comment.performed_via_github_app) return;
  const asking = { provider, number: comment.id, repositoryNumber: repository.id };
  const claim = await claimComment(deps.database, asking);
  if (claim === "answered") return;
  if (claim === "too many") {
    deps.log.warn({ repository: repository.id }, "a repository asks too often: a comment is not answered");
    return;
  }
  if (claim === "busy") throw new Error("another process answers this comment just now");
  try {
    await answer(deps, asking, { ...event, author: comment.user, again: claim === "again" });
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
  event: CommentEvent & { author: { id: number; login: string }; again: boolean },
): Promise<void> {
  const { database, log, publicUrl, userTokensEnabled } = deps;
  const { comment, author } = event;
  const { id: number, full_name: lastName } = event.repository;
  const named = { ...parseRepository(lastName), number };
  const token = await deps.app.tokenByNumber(named, { metadata: "read", issues: "write" });
  const repository = (await readRepository(deps, token, { id: number }))?.fullName ?? lastName;
  const place: IssuePlace = { repository: parseRepository(repository), issue: event.issue.number };
  const mark = `<!-- onbehalf whoami ${comment.id} -->`;
  if (event.again) {
    const { id: by } = await deps.app.bot(token);
    if (await hasIssueComment(deps, token, place, { by, text: mark, since: comment.created_at })) {
      await settleComment(database, asking);
      return;
    }
  }
  const person = await readCommenter(database, { provider: asking.provider, providerUid: String(author.id) });
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
        provider: asking.provider,
        repository,
        attribution: "app",
        detail: { comment: comment.id },
      },
      sent ? { result: "succeeded" } : { result: "failed", code: "no_write_access" },
    );
  });
}
