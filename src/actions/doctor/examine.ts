import { lacksApp } from "../../config/github-app.ts";
import { type Config, type Environment, readStorageConfig } from "../../config/read-config.ts";
import type { Log } from "../../log.ts";
import { checkEvents, checkPermissions } from "./check-access.ts";
import { checkApp } from "./check-app.ts";
import { checkCallbackUrl, checkClientSecret } from "./check-client.ts";
import { checkConfiguration, checkSignIn, checkUserTokens } from "./check-configuration.ts";
import { checkDatabase, checkDatabaseClock, checkMigrations } from "./check-database.ts";
import { checkDataFolder, checkSecretFiles } from "./check-files.ts";
import { checkGithubClock } from "./check-github-clock.ts";
import { checkInstallations } from "./check-installations.ts";
import { checkKeys } from "./check-keys.ts";
import { checkNode } from "./check-node.ts";
import { checkPublicUrl } from "./check-public-url.ts";
import { checkWebhook } from "./check-webhook.ts";
import { both, type CheckReport, Examination, type Step } from "./examination.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { readWantedAccess } from "./wanted-access.ts";

const timeLimitMs = 20_000;

export interface Report {
  /** Nothing failed; warnings are fine. */
  ok: boolean;
  checks: CheckReport[];
}

/**
 * Looks at everything that a deployment needs, and changes nothing. Runs with any environment, however broken.
 * @param options.folder where onbehalf is started: a `.env` may be there
 * @param options.nodeVersion as `process.version` has it
 */
export async function examine(
  deps: { log: Log; fetch: typeof globalThis.fetch },
  options: { environment: Environment; folder: string; nodeVersion: string; timeLimitMs?: number },
): Promise<Report> {
  const { environment } = options;
  const storage = readStorageConfig(environment);
  const opened = releases(deps);
  const examination = new Examination({
    timeLimitMs: options.timeLimitMs ?? timeLimitMs,
    hide: hideSecrets(environment),
  });

  examination.check("node", () => checkNode(options.nodeVersion));
  const configuration = examination.check("configuration", () => checkConfiguration(environment));
  examination.check("data-folder", () => checkDataFolder(storage));
  examination.check("secret-files", () => checkSecretFiles({ environment, storage, folder: options.folder }));

  const database = examination.check("database", () => checkDatabase(deps, storage, opened.add));
  const migrated = examination.checkAfter("migrations", database, checkMigrations);
  examination.checkAfter("encryption-keys", both(configuration, migrated), ([config, tables]) =>
    checkKeys(config, tables),
  );
  examination.checkAfter("database-clock", database, checkDatabaseClock);

  examination.checkAfter("github-clock", configuration, (config) => checkGithubClock(deps, config.github));
  checkOneApp(deps, examination, { configuration, prefix: "" });
  if (!lacksApp(environment, "github-lite")) {
    checkOneApp(deps, examination, { configuration: asLite(configuration), prefix: "lite-" });
  }
  examination.checkAfter("public-url", configuration, (config) => checkPublicUrl(deps, config));
  examination.checkAfter("sign-in", configuration, checkSignIn);
  examination.checkAfter("user-tokens", configuration, checkUserTokens);

  const checks = await examination.report();
  await opened.releaseAll();
  return { ok: checks.every(({ status }) => status !== "failure"), checks };
}

/**
 * What is asked about each App.
 * @param app.configuration with the App as `github`
 * @param app.prefix what the names of its checks begin with
 */
function checkOneApp(
  deps: { fetch: typeof globalThis.fetch },
  examination: Examination,
  { configuration, prefix }: { configuration: Step<Config>; prefix: string },
): void {
  const app = examination.checkAfter(`${prefix}github-app`, configuration, (config) => checkApp(deps, config));
  const client = examination.checkAfter(`${prefix}client-secret`, configuration, (config) =>
    checkClientSecret(deps, config),
  );
  examination.checkAfter(`${prefix}callback-url`, both(configuration, client), ([config, told]) =>
    checkCallbackUrl(config, told),
  );
  examination.checkAfter(`${prefix}permissions`, both(configuration, app), async ([config, reached]) =>
    checkPermissions(reached, await readWantedAccess(config)),
  );
  examination.checkAfter(`${prefix}events`, both(configuration, app), async ([config, reached]) =>
    checkEvents(reached, await readWantedAccess(config)),
  );
  examination.checkAfter(`${prefix}installations`, both(configuration, app), ([{ github }, reached]) =>
    checkInstallations(github, reached),
  );
  examination.checkAfter(`${prefix}webhook`, both(configuration, app), ([config, reached]) =>
    checkWebhook(config, reached),
  );
}

/** The configuration with the lite App in the standard one's place; nobody signs in with it. */
function asLite(configuration: Step<Config>): Step<Config> {
  const settled = configuration.settled.then((found) => {
    if (!("value" in found)) return found;
    const { githubLite, ...config } = found.value;
    return {
      value: { ...config, githubLite, github: githubLite ?? config.github, signIn: { kind: "closed" } as const },
    };
  });
  return { settled };
}

/** What the checks opened is closed when all of them are over, also what was opened too late for the time limit. */
function releases(deps: { log: Log }) {
  const waiting: (() => Promise<void>)[] = [];
  let over = false;
  const release = async (close: () => Promise<void>) => {
    await close().catch((error) => deps.log.warn({ err: error }, "what a check opened did not close"));
  };
  return {
    add(close: () => Promise<void>) {
      if (over) void release(close);
      else waiting.push(close);
    },
    async releaseAll() {
      over = true;
      for (const close of waiting) await release(close);
    },
  };
}
