import { ConfigError, type Environment } from "../../config/environment.ts";
import { prepareEnvironmentFile, writeEnvironmentFile } from "../../config/environment-file.ts";
import { usualListening } from "../../config/server-config.ts";
import type { SetupConfig } from "../../config/setup-config.ts";
import { type CreatedApp, createGithubApp } from "./create-github-app.ts";
import type { SetupChoices } from "./setup-choices.ts";
import { forgetUnfinished, keepUnfinished, readUnfinished } from "./unfinished-setup.ts";

/** How far a set-up has come. */
export type SetupStage =
  | { name: "asking" }
  /** The app's keys are being fetched. */
  | { name: "creating" }
  /** The app exists, and could not be written down. */
  | { name: "unsaved"; app: CreatedApp; adminUsers: string | null; fault: string }
  /** An organisation's app: whoever signs in with it becomes the first admin. */
  | { name: "admin"; app: CreatedApp }
  /** Everything is in the file. */
  | { name: "saved"; app: CreatedApp; environment: Environment };

export interface SetupProgress {
  readonly stage: SetupStage;
  /**
   * Fetches the keys of an app that was registered at GitHub, and writes them down.
   * @throws ProviderFailure; the stage is then as before
   */
  create(code: string, choices: SetupChoices): Promise<void>;
  /** Writes down who the first admin is. */
  setAdmin(githubId: string): Promise<void>;
  /** Tries again to write. */
  save(): Promise<void>;
}

type Config = Pick<SetupConfig, "dataDir" | "host" | "port" | "webhookProxyUrl" | "hasEncryptionKeys" | "hasAdmins">;

/**
 * Begins, or goes on where an interrupted set-up stopped.
 * @throws ConfigError when the result could not be written
 */
export async function beginSetup(deps: { fetch: typeof globalThis.fetch }, config: Config): Promise<SetupProgress> {
  const { dataDir } = config;
  await prepareEnvironmentFile(dataDir);
  const unfinished = await readUnfinished(dataDir);
  let stage: SetupStage = unfinished ? { name: "admin", app: unfinished } : { name: "asking" };
  let kept = unfinished !== null;

  async function write(app: CreatedApp, adminUsers: string | null): Promise<void> {
    try {
      if (adminUsers === null) {
        if (!kept) await keepUnfinished(dataDir, app);
        kept = true;
        stage = { name: "admin", app };
        return;
      }
      const environment = {
        ...app.environment,
        ...(adminUsers && { ADMIN_USERS: adminUsers }),
        ...listening(config),
      };
      await writeEnvironmentFile(dataDir, environment);
      await forgetUnfinished(dataDir);
      stage = { name: "saved", app, environment };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      stage = { name: "unsaved", app, adminUsers, fault: error.faults.join(" ") };
    }
  }

  return {
    get stage() {
      return stage;
    },
    async create(code, choices) {
      if (stage.name !== "asking") return;
      stage = { name: "creating" };
      let app: CreatedApp;
      try {
        app = await createGithubApp(deps, { code, choices, ...config });
      } catch (error) {
        stage = { name: "asking" };
        throw error;
      }
      // A person's app can be authorised by its owner alone, so nobody else could be the first admin.
      const known = config.hasAdmins ? "" : app.owner.isOrganization ? null : `gh.${app.owner.id}`;
      await write(app, known);
    },
    async setAdmin(githubId) {
      if (stage.name === "admin") await write(stage.app, `gh.${githubId}`);
    },
    async save() {
      if (stage.name === "unsaved") await write(stage.app, stage.adminUsers);
    },
  };
}

/** Where it listens, when that is not as usual: the app's addresses lead there, also when the next start is told nothing. */
function listening({ host, port }: Config): Environment {
  return {
    ...(host !== usualListening.host && { HOST: host }),
    ...(port !== usualListening.port && port !== 0 && { PORT: String(port) }),
  };
}
