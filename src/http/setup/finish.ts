import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { SetupProgress } from "../../actions/setup/setup-progress.ts";
import type { Environment } from "../../config/environment.ts";
import { environmentFile } from "../../config/environment-file.ts";
import type { SetupConfig } from "../../config/setup-config.ts";
import type { Log } from "../../log.ts";
import { messagePage } from "../../views/message.ts";
import { setupDonePage } from "../../views/setup-done.ts";
import { sendPage } from "../page.ts";
import type { SetupShell } from "./shell.ts";

interface FinishDeps {
  log: Log;
  progress: SetupProgress;
  config: SetupConfig;
  /** Starts onbehalf at this address; resolves when it answers there. */
  begin(environment: Environment): Promise<void>;
}

const ownForm = { schema: { body: z.object({ csrf: z.string() }) } };

/** Writing down again what could not be written, and the start for real. */
export function finishRoutes({ server, gate }: SetupShell, deps: FinishDeps): void {
  const scope = server.withTypeProvider<ZodTypeProvider>();
  const { progress, config } = deps;

  scope.get("/setup/save", async (request, reply) => {
    const { stage } = progress;
    const csrf = gate.csrf(gate.browser(request));
    if (stage.name === "creating") {
      const says = "The keys of the new app are being fetched.";
      const action = { href: "/setup", text: "Look again" };
      return sendPage(
        reply,
        messagePage({ title: "One moment", tone: "info", says, todo: "Look again in a moment.", action }),
      );
    }
    if (stage.name !== "unsaved") return reply.redirect("/setup", 303);
    return sendPage(
      reply,
      messagePage({
        title: "The keys could not be written",
        tone: "danger",
        says: stage.fault,
        todo: "The app exists, and its keys are in this process's memory only: mend it while onbehalf runs, then try again.",
        code: "not_written",
        action: { post: "/setup/save", text: "Try again", fields: { csrf } },
      }),
      500,
    );
  });

  scope.post("/setup/save", ownForm, async (request, reply) => {
    gate.requireOwnForm(gate.browser(request), request.body.csrf);
    await progress.save();
    return reply.redirect("/setup", 303);
  });

  scope.get("/setup/done", async (request, reply) => {
    const { stage } = progress;
    if (stage.name !== "saved") return reply.redirect("/setup", 303);
    const { app, environment } = stage;
    return sendPage(
      reply,
      setupDonePage({
        name: app.name,
        owner: app.owner.login,
        installUrl: app.installUrl,
        file: environmentFile(config.dataDir),
        admin: environment.ADMIN_USERS ?? null,
        publicUrl: environment.PUBLIC_URL ?? "",
        csrf: gate.csrf(gate.browser(request)),
      }),
    );
  });

  scope.post("/setup/start", ownForm, async (request, reply) => {
    gate.requireOwnForm(gate.browser(request), request.body.csrf);
    const { stage } = progress;
    if (stage.name !== "saved") return reply.redirect("/setup", 303);
    // Whoever answers next at this address is onbehalf itself: no browser may keep talking to set-up.
    reply.header("connection", "close");
    try {
      await deps.begin(stage.environment);
    } catch (error) {
      deps.log.error({ err: error }, "onbehalf could not start");
      const says = `The configuration is in ${environmentFile(config.dataDir)}, and onbehalf could not start with it. The terminal says why.`;
      const todo = "Mend that, then start onbehalf again: set-up itself is done.";
      return sendPage(reply, messagePage({ title: "onbehalf did not start", tone: "danger", says, todo }), 500);
    }
    gate.forget(reply);
    return reply.redirect("/", 303);
  });
}
