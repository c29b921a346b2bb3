import type { SetupChoices } from "../../actions/setup/setup-choices.ts";
import { messagePage } from "../../views/message.ts";
import { sendPage } from "../page.ts";
import { type RegistrationDeps, registrationRoutes } from "./registration.ts";
import { type SetupShell, setupShell } from "./shell.ts";

/**
 * The pages of `onbehalf setup`: the questions were answered in the terminal, so they only hand over to GitHub and take
 * the browser back.
 */
export async function buildTerminalServer(
  deps: Omit<RegistrationDeps, "changeable"> & { choices: SetupChoices },
): Promise<SetupShell> {
  const shell = await setupShell(deps, { trustProxy: [], publicUrl: null });
  shell.server.get("/setup", async (request, reply) => {
    const { stage } = deps.progress;
    if (stage.name === "asking") {
      shell.gate.browser(request).choices = deps.choices;
      return reply.redirect("/setup/create", 303);
    }
    return sendPage(
      reply,
      messagePage({
        title: "The GitHub App exists",
        tone: "success",
        says: "Its keys are with onbehalf now.",
        todo: "Go back to the terminal: it says what comes next. You can close this page.",
      }),
    );
  });
  registrationRoutes(shell, { ...deps, changeable: false });
  return shell;
}
