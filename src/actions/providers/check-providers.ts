import { isGithubProvider } from "../../config/github-app.ts";
import { type Environment, readConfig } from "../../config/read-config.ts";
import { Problem } from "../../errors.ts";
import { createProviders } from "../../providers/index.ts";
import type { Provider } from "../../providers/provider.ts";
import { hideSecrets } from "../doctor/hide-secrets.ts";
import { callbackUrl } from "../sign-in/start-authorization.ts";
import { checkProvider, type ProviderCheck } from "./check-provider.ts";

export interface ProviderReport {
  id: string;
  name: string;
  from: "onbehalf" | "the providers file";
  signIn: boolean;
  scopes: { asked: string[]; required: string[]; optional: string[] };
  /** What the operator registers at the provider. */
  callbackUrl: string;
  /** Where the provider tells us by itself. */
  hookUrls: string[];
  checks: ProviderCheck[];
}

/**
 * What is configured for each provider, and what is wrong with it.
 * @param only one provider's id; null: all
 * @throws ConfigError naming every fault of the environment and the providers file; Problem `not_found`
 */
export async function checkProviders(
  deps: { fetch: typeof globalThis.fetch; log: { warn(about: object, words: string): void } },
  options: { environment: Environment; only: string | null },
): Promise<{ ok: boolean; providers: ProviderReport[] }> {
  const { environment, only } = options;
  const config = readConfig(environment);
  const { github, githubLite, google, amocrm, fileProviders: file, publicUrl } = config;
  const providers = createProviders(deps, {
    github,
    githubLite,
    google,
    // One request of a command needs no turn.
    amocrm: amocrm && { ...amocrm, redirectUri: callbackUrl({ publicUrl }, "amocrm"), turn: (send) => send() },
    file,
  });
  const chosen = [...providers.values()].filter(({ id }) => only === null || id === only);
  if (chosen.length === 0) {
    throw new Problem("not_found", `No provider is called "${only}". There are: ${[...providers.keys()].join(", ")}.`);
  }
  const hide = hideSecrets(environment);
  const reports = await Promise.all(
    chosen.map(async (provider): Promise<ProviderReport> => {
      const { id, name, signIn, scopes } = provider;
      const checks = await checkProvider({ fetch: deps.fetch, publicUrl }, provider);
      return {
        id,
        name,
        from: file.some((described) => described.id === id) ? "the providers file" : "onbehalf",
        signIn,
        scopes: { asked: [...scopes.asked], required: [...scopes.required], optional: [...scopes.optional] },
        callbackUrl: callbackUrl({ publicUrl }, id),
        hookUrls: hookUrls({ publicUrl }, provider),
        checks: checks.map((check) => ({
          ...check,
          says: hide(check.says),
          ...(check.repair ? { repair: hide(check.repair) } : {}),
        })),
      };
    }),
  );
  return { ok: reports.every(({ checks }) => checks.every(({ status }) => status !== "failure")), providers: reports };
}

/** GitHub's webhooks have an intake of their own. */
function hookUrls({ publicUrl }: { publicUrl: string }, { id, hooks }: Provider): string[] {
  const own = isGithubProvider(id) ? [`${publicUrl}/api/${id}/webhooks`] : [];
  return [...own, ...hooks.map(({ path }) => `${publicUrl}/hooks/${id}${path}`)];
}
