import type { FastifyInstance } from "fastify";
import type { World } from "../world/world.ts";
import { routeAuthorizationsPage } from "./authorizations-page.ts";
import { routeAvatars } from "./avatars.ts";
import { routeCommitPage } from "./commit-page.ts";
import { routeIndexPage } from "./index-page.ts";
import { routeInstallationPage } from "./installation-page.ts";
import { routeRepositoryPage } from "./repository-page.ts";
import { routeSsoPage } from "./sso-page.ts";

/** Everything that a browser looks at, save the authorize page. */
export function routePages(server: FastifyInstance, world: World): void {
  routeAvatars(server, world);
  routeIndexPage(server, world);
  routeAuthorizationsPage(server, world);
  routeInstallationPage(server, world);
  routeSsoPage(server, world);
  routeRepositoryPage(server, world);
  routeCommitPage(server, world);
}
