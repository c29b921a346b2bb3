import type { AppManifest } from "../../actions/setup/app-manifest.ts";
import type { SetupProgress } from "../../actions/setup/setup-progress.ts";
import type { Environment } from "../../config/environment.ts";
import type { SetupConfig } from "../../config/setup-config.ts";
import type { Log } from "../../log.ts";
import { finishRoutes } from "./finish.ts";
import { firstAdminRoutes } from "./first-admin.ts";
import { questionRoutes } from "./questions.ts";
import { registrationRoutes } from "./registration.ts";
import { type SetupShell, setupShell } from "./shell.ts";

/** Set-up's pages from the first question to the start for real, without listening. */
export async function buildSetupServer(deps: {
  log: Log;
  fetch: typeof globalThis.fetch;
  now: () => number;
  progress: SetupProgress;
  config: SetupConfig;
  manifest: AppManifest;
  begin(environment: Environment): Promise<void>;
}): Promise<SetupShell> {
  const shell = await setupShell(deps, deps.config);
  questionRoutes(shell, deps);
  registrationRoutes(shell, { ...deps, changeable: true });
  firstAdminRoutes(shell, deps);
  finishRoutes(shell, deps);
  return shell;
}
