import { commentBody } from "../rest/comment-body.ts";
import { simpleUser } from "../rest/user-body.ts";
import type { Installation } from "../world/installations.ts";
import { fullName, type IssueComment, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { repositoryPayload } from "./repository-payload.ts";

/** What `issue_comment` says of a new comment, modestly. */
export function commentPayload(
  world: World,
  repository: Repository,
  comment: IssueComment,
  installation: Installation,
): object {
  const { issue: number, author } = comment;
  const name = fullName(repository);
  const pull = repository.pullRequests.find((one) => one.number === number);
  const url = `${world.addresses.api}/repos/${name}/issues/${number}`;
  return {
    action: "created",
    issue: {
      number,
      url,
      html_url: `${world.addresses.web}/${name}/issues/${number}`,
      title: pull?.title ?? `Issue ${number}`,
      state: "open",
      locked: false,
      ...(pull ? { pull_request: { url: `${world.addresses.api}/repos/${name}/pulls/${number}` } } : {}),
    },
    comment: commentBody(world, repository, comment),
    repository: repositoryPayload(world, repository),
    sender: simpleUser(world, author),
    installation: { id: installation.id },
  };
}
