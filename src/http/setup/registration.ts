import type { FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type AppManifest, appManifest, registrationUrl, webhookWay } from "../../actions/setup/app-manifest.ts";
import type { SetupChoices } from "../../actions/setup/setup-choices.ts";
import type { SetupProgress } from "../../actions/setup/setup-progress.ts";
import { createSetupStates } from "../../actions/setup/setup-states.ts";
import type { SetupConfig } from "../../config/setup-config.ts";
import type { Log } from "../../log.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { messagePage } from "../../views/message.ts";
import { setupCreatePage } from "../../views/setup-create.ts";
import { sendPage } from "../page.ts";
import { allowFormsTo } from "./forms-to.ts";
import type { SetupBrowser } from "./gate.ts";
import { stateRefusals } from "./refusal-words.ts";
import type { SetupShell } from "./shell.ts";

export interface RegistrationDeps {
  log: Log;
  now: () => number;
  progress: SetupProgress;
  config: Pick<SetupConfig, "webhookProxyUrl">;
  manifest: AppManifest;
  /** Where GitHub sends the browser back to, when that is not the deployment's own address. */
  redirectOrigin?: () => string;
  /** Whether the answers can be changed on a page. */
  changeable: boolean;
}

// A parameter that is given twice is none: which of them counts would be anybody's guess.
const callbackQuery = z.object({
  state: z.string().max(200).optional().catch(undefined),
  code: z.string().max(200).optional().catch(undefined),
});

/** Hands the manifest over to GitHub, and fetches the new app's keys when the browser comes back. */
export function registrationRoutes({ server, gate }: SetupShell, deps: RegistrationDeps): void {
  const scope = server.withTypeProvider<ZodTypeProvider>();
  const states = createSetupStates<SetupChoices>(deps);

  scope.get("/setup/create", async (request, reply) => {
    const browser = gate.browser(request);
    const { choices } = browser;
    if (!choices || deps.progress.stage.name !== "asking") return reply.redirect("/setup", 303);
    const { webhookProxyUrl } = deps.config;
    const options = { webhookProxyUrl, redirectOrigin: deps.redirectOrigin?.() ?? choices.publicUrl };
    const manifest = appManifest(deps.manifest, choices, options);
    const action = registrationUrl(choices, states.begin(browser.secret, choices));
    allowFormsTo(reply, action);
    return sendPage(
      reply,
      setupCreatePage({
        name: choices.name,
        organization: choices.organization,
        publicUrl: choices.publicUrl,
        githubHost: new URL(choices.github.webUrl).host,
        permissions: Object.entries(manifest.default_permissions).map(([name, level]) => ({ name, level })),
        webhooks: webhookWay(choices, options),
        signIn: choices.signIn,
        action,
        manifest: JSON.stringify(manifest),
        changeUrl: deps.changeable ? "/setup" : null,
      }),
    );
  });

  scope.get("/setup/callback", { schema: { querystring: callbackQuery } }, async (request, reply) => {
    const browser = gate.browser(request);
    const { code, state } = request.query;
    const used = states.use(browser.secret, state);
    if ("refused" in used) {
      request.log.info({ reason: used.refused }, "a redirect from GitHub was refused");
      const todo =
        "Start again. If an app was created at GitHub meanwhile, delete it there first: onbehalf does not have its keys.";
      const code = `state_${used.refused}`;
      return refuse(reply, {
        ...stateRefusals[used.refused],
        todo,
        code,
        action: { href: "/setup", text: "Start again" },
      });
    }
    if (!code) {
      const says = "GitHub sent you back without the code that stands for the new app. Nothing was stored.";
      const todo = "Start again.";
      const action = { href: "/setup", text: "Start again" };
      return refuse(reply, { title: "There is no new app", says, todo, code: "code_missing", action });
    }
    return fetchKeys(browser, { code, choices: used.value }, reply);
  });

  scope.post("/setup/callback", { schema: { body: z.object({ csrf: z.string() }) } }, async (request, reply) => {
    const browser = gate.browser(request);
    gate.requireOwnForm(browser, request.body.csrf);
    if (!browser.attempt) return reply.redirect("/setup", 303);
    return fetchKeys(browser, browser.attempt, reply);
  });

  async function fetchKeys(
    browser: SetupBrowser,
    attempt: { code: string; choices: SetupChoices },
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    browser.attempt = null;
    try {
      await deps.progress.create(attempt.code, attempt.choices);
      return reply.redirect("/setup", 303);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      deps.log.warn({ err: error, kind: error.kind }, "the new app's keys could not be fetched");
      if (error.kind === "refused") {
        const says = "GitHub does not know the code of the new app any more: it works once, for an hour.";
        const todo = "Delete the app at GitHub (Settings, Developer settings, GitHub Apps), then start again.";
        const action = { href: "/setup", text: "Start again" };
        return refuse(reply, { title: "The app's keys are gone", says, todo, code: "code_expired", action });
      }
      browser.attempt = attempt;
      const says =
        "The app was created, and GitHub has not handed out its keys: it could not be reached or understood.";
      const todo = "Try again within the hour.";
      const action = { post: "/setup/callback", text: "Try again", fields: { csrf: gate.csrf(browser) } };
      return refuse(reply, { title: "GitHub did not answer", says, todo, code: "provider_unavailable", action }, 502);
    }
  }
}

type Refusal = Omit<Parameters<typeof messagePage>[0], "tone">;

function refuse(reply: FastifyReply, words: Refusal, status = 400): FastifyReply {
  return sendPage(reply, messagePage({ ...words, tone: "danger" }), status);
}
