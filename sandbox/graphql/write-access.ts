import type { Actor } from "../http/caller.ts";
import { writeRefusal } from "../world/access.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { GraphqlFault, ssoFault } from "./graphql-fault.ts";

/** @throws FORBIDDEN in GitHub's words when the caller may not run the mutation on the repository */
export function requireWrite(
  world: World,
  actor: Actor,
  repository: Repository,
  mutation: string,
  permission: "contents" | "pull_requests" = "contents",
): void {
  const refusal = writeRefusal(world, actor, repository, permission);
  if (!refusal) return;
  if (refusal === "sso") throw ssoFault(world, repository.owner);
  if (refusal === "archived") throw new GraphqlFault("FORBIDDEN", "Repository was archived so is read-only.");
  if (refusal === "app") throw new GraphqlFault("FORBIDDEN", "Resource not accessible by integration");
  const login = actor.kind === "user" ? actor.person.login : world.bot.login;
  throw new GraphqlFault("FORBIDDEN", `${login} does not have the correct permissions to execute \`${mutation}\``);
}
