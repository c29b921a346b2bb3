import { nodeId } from "../graphql/node-id.ts";
import { fullName, type IssueComment, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { simpleUser } from "./user-body.ts";

/** A comment on an issue, as REST and webhooks show it. */
export function commentBody(world: World, repository: Repository, comment: IssueComment) {
  const { api, web } = world.addresses;
  const name = fullName(repository);
  const at = new Date(comment.createdAt).toISOString().replace(/\.\d+Z/, "Z");
  return {
    id: comment.id,
    node_id: nodeId("user", `comment${comment.id}`),
    url: `${api}/repos/${name}/issues/comments/${comment.id}`,
    html_url: `${web}/${name}/issues/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${api}/repos/${name}/issues/${comment.issue}`,
    body: comment.body,
    user: simpleUser(world, comment.author),
    author_association: "NONE",
    created_at: at,
    updated_at: at,
    performed_via_github_app: comment.viaApp ? { id: world.app.id, slug: world.app.slug } : null,
  };
}
