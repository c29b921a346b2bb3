import type { FastifyInstance } from "fastify";
import type { World } from "../world/world.ts";
import { routeCollaborators } from "./collaborators.ts";
import { routeCommits } from "./commits.ts";
import { routeContents } from "./contents.ts";
import { routeGitData } from "./git-data.ts";
import { routeIssueComments } from "./issue-comments.ts";
import { routeMeta } from "./meta.ts";
import { routePulls } from "./pulls.ts";
import { routeRateLimit } from "./rate-limit.ts";
import { routeReadme } from "./readme.ts";
import { routeRefs } from "./refs.ts";
import { routeRepositories } from "./repositories.ts";
import { routeRoot } from "./root.ts";
import { routeUsers } from "./users.ts";

/** The REST API of people and repositories. */
export function routeRest(server: FastifyInstance, world: World): void {
  routeRoot(server, world);
  routeUsers(server, world);
  routeRepositories(server, world);
  routeCommits(server, world);
  routeCollaborators(server, world);
  routeRefs(server, world);
  routeGitData(server, world);
  routeContents(server, world);
  routeReadme(server, world);
  routeMeta(server);
  routePulls(server, world);
  routeIssueComments(server, world);
  routeRateLimit(server, world);
}
