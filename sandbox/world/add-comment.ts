import { commentPayload } from "../webhooks/comment-payload.ts";
import type { IssueComment, Repository } from "./repositories.ts";
import type { World } from "./world.ts";

/** Adds a comment, and tells the apps of it that are installed there. */
export function addComment(
  world: World,
  repository: Repository,
  said: Pick<IssueComment, "issue" | "body" | "author" | "viaApp">,
): IssueComment {
  const others = world.repositories.list().reduce((count, { comments }) => count + comments.length, 0);
  const comment: IssueComment = { ...said, id: 2_400_000_001 + others, createdAt: Date.now() };
  repository.comments.push(comment);
  for (const { installations, webhooks } of world.apps) {
    const installation = installations.on(repository.owner);
    if (installation && installations.covers(repository) && installation.events.includes("issue_comment")) {
      webhooks.send("issue_comment", commentPayload(world, repository, comment, installation));
    }
  }
  return comment;
}
