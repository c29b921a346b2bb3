import type { FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { adminSignInUrl, identifyAdmin } from "../../actions/setup/identify-admin.ts";
import type { SetupProgress } from "../../actions/setup/setup-progress.ts";
import { createSetupStates } from "../../actions/setup/setup-states.ts";
import type { Log } from "../../log.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { messagePage } from "../../views/message.ts";
import { sendPage } from "../page.ts";
import { allowFormsTo } from "./forms-to.ts";
import { stateRefusals } from "./refusal-words.ts";
import type { SetupShell } from "./shell.ts";

interface FirstAdminDeps {
  log: Log;
  fetch: typeof globalThis.fetch;
  now: () => number;
  progress: SetupProgress;
}

const callbackQuery = z.object({
  state: z.string().max(200).optional().catch(undefined),
  code: z.string().max(2000).optional().catch(undefined),
  error: z.string().max(200).optional().catch("garbled"),
});

/** An organisation's app: the first admin is whoever signs in with it from set-up's browser. */
export function firstAdminRoutes({ server, gate }: SetupShell, deps: FirstAdminDeps): void {
  const scope = server.withTypeProvider<ZodTypeProvider>();
  const states = createSetupStates<null>(deps);
  const { progress } = deps;

  scope.get("/setup/sign-in", async (request, reply) => {
    const { stage } = progress;
    if (stage.name !== "admin") return reply.redirect("/setup", 303);
    allowFormsTo(reply, stage.app.environment.GITHUB_URL ?? "");
    return sendPage(
      reply,
      messagePage({
        title: "Who is the admin?",
        tone: "success",
        says: `The app ${stage.app.name} exists, and ${stage.app.owner.login} owns it. The person who signs in with it now becomes the first admin of this onbehalf.`,
        todo: "GitHub asks you to authorise the app. Set-up only learns who you are; connecting your account comes later.",
        action: {
          post: "/setup/sign-in",
          text: "Sign in with GitHub",
          fields: { csrf: gate.csrf(gate.browser(request)) },
        },
      }),
    );
  });

  scope.post("/setup/sign-in", { schema: { body: z.object({ csrf: z.string() }) } }, async (request, reply) => {
    const browser = gate.browser(request);
    gate.requireOwnForm(browser, request.body.csrf);
    const { stage } = progress;
    if (stage.name !== "admin") return reply.redirect("/setup", 303);
    const state = states.begin(browser.secret, null);
    return reply.redirect(await adminSignInUrl(deps, stage.app.environment, { secret: browser.secret, state }), 303);
  });

  scope.get("/connect/github/callback", { schema: { querystring: callbackQuery } }, async (request, reply) => {
    const { secret } = gate.browser(request);
    const { stage } = progress;
    const { code, state = "" } = request.query;
    const used = states.use(secret, state);
    if ("refused" in used) return refuse(reply, stateRefusals[used.refused], `state_${used.refused}`);
    if (stage.name !== "admin") return reply.redirect("/setup", 303);
    if (!code) {
      deps.log.warn({ providerError: request.query.error }, "GitHub sent an error instead of a code");
      const says = "GitHub says that you cancelled, or that it could not let you in. Nobody is the admin yet.";
      return refuse(reply, { title: "You did not authorise the app", says }, "consent_refused");
    }
    try {
      const profile = await identifyAdmin(deps, stage.app.environment, { secret, state, code });
      deps.log.info({ githubId: profile.uid }, "the first admin signed in");
      await progress.setAdmin(profile.uid);
      return reply.redirect("/setup", 303);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      deps.log.warn({ err: error, kind: error.kind }, "the first admin's sign-in failed");
      const says = "GitHub could not be reached, or did not take the attempt. Nobody is the admin yet.";
      return refuse(reply, { title: "The sign-in did not work", says }, "provider_refused", 502);
    }
  });
}

function refuse(reply: FastifyReply, words: { title: string; says: string }, code: string, status = 400): FastifyReply {
  const action = { href: "/setup/sign-in", text: "Back" };
  const page = messagePage({ ...words, tone: "danger", todo: "Go back and sign in again.", code, action });
  return sendPage(reply, page, status);
}
