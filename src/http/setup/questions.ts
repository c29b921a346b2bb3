import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { longestAppName, readChoices, type SetupChoices } from "../../actions/setup/setup-choices.ts";
import type { SetupProgress } from "../../actions/setup/setup-progress.ts";
import { isLoopback } from "../../config/loopback.ts";
import type { SetupConfig } from "../../config/setup-config.ts";
import { messagePage } from "../../views/message.ts";
import { type SetupAnswer, setupQuestionsPage } from "../../views/setup-questions.ts";
import { sendPage } from "../page.ts";
import type { SetupShell } from "./shell.ts";

const text = z.string().max(500).catch("");
const formBody = z.object({
  csrf: text,
  public_url: text,
  github_url: text,
  owner: text,
  organization: text,
  sign_in: text,
  name: text,
});

type Answers = Record<SetupAnswer, string>;

/** What set-up asks, and the way on at the address that was given. */
export function questionRoutes(
  { server, gate }: SetupShell,
  deps: { progress: SetupProgress; config: SetupConfig },
): void {
  const { config, progress } = deps;
  const scope = server.withTypeProvider<ZodTypeProvider>();
  const proposedName = `onbehalf-${randomBytes(2).toString("hex")}`;

  scope.get("/setup", async (request, reply) => {
    const next = stagePath(progress);
    if (next) return reply.redirect(next, 303);
    const browser = gate.browser(request);
    const answers = browser.choices ? fromChoices(browser.choices) : proposed(request, config, proposedName);
    return render(request, reply, answers, {});
  });

  scope.post("/setup", { schema: { body: formBody } }, async (request, reply) => {
    const browser = gate.browser(request);
    const { csrf, ...form } = request.body;
    gate.requireOwnForm(browser, csrf);
    const next = stagePath(progress);
    if (next) return reply.redirect(next, 303);
    const answers: Answers = {
      publicUrl: form.public_url,
      githubUrl: form.github_url,
      owner: form.owner,
      organization: form.organization,
      signIn: form.sign_in,
      name: form.name,
    };
    const read = readAnswers(config, answers);
    if ("faults" in read) return render(request, reply, answers, read.faults, 400);
    browser.choices = read.choices;
    // At another address the browser is another one to us: it has to come by a link again.
    const here = request.headers.host === new URL(read.choices.publicUrl).host;
    return reply.redirect(here ? "/setup/create" : "/setup/address", 303);
  });

  scope.get("/setup/address", async (request, reply) => {
    const browser = gate.browser(request);
    if (!browser.choices) return reply.redirect("/setup", 303);
    const { publicUrl } = browser.choices;
    return sendPage(
      reply,
      messagePage({
        title: "Go on at the new address",
        tone: "info",
        says: `You gave the address ${publicUrl}. GitHub sends people back there, so set-up goes on there, too.`,
        todo: "If the page does not open, the address does not lead to this onbehalf yet: mend that first, or go back and change it.",
        action: { href: `${publicUrl}${gate.handOver(browser)}`, text: `Go on at ${new URL(publicUrl).host}` },
      }),
    );
  });

  async function render(
    request: FastifyRequest,
    reply: FastifyReply,
    answers: Answers,
    faults: Partial<Answers>,
    status = 200,
  ): Promise<FastifyReply> {
    const page = setupQuestionsPage({
      answers,
      faults,
      asks: { publicUrl: !config.publicUrl, githubUrl: !config.github, signIn: !config.signIn },
      longestName: longestAppName,
      csrf: gate.csrf(gate.browser(request)),
    });
    return sendPage(reply, page, status);
  }
}

/** The page of the stage that set-up has reached; null while it asks. */
export function stagePath({ stage }: SetupProgress): string | null {
  switch (stage.name) {
    case "asking":
      return null;
    case "creating":
    case "unsaved":
      return "/setup/save";
    case "admin":
      return "/setup/sign-in";
    case "saved":
      return "/setup/done";
  }
}

function readAnswers(config: SetupConfig, answers: Answers): { choices: SetupChoices } | { faults: Partial<Answers> } {
  const faults: Partial<Answers> = {};
  const named = answers.organization.trim();
  if (answers.owner !== "own" && answers.owner !== "organization") faults.owner = "Choose who owns the app.";
  if (answers.owner === "own" && named) {
    faults.organization = "You chose your own account: leave this empty, or choose the organisation above.";
  }
  const organization = answers.owner === "organization" ? named : null;
  const read = readChoices(config, { ...answers, organization });
  if ("faults" in read) {
    // As long as it is open who owns the app, nothing is wrong with who may sign in.
    if (faults.owner) delete read.faults.signIn;
    return { faults: { ...read.faults, ...faults } };
  }
  return Object.keys(faults).length > 0 ? { faults } : read;
}

function fromChoices(choices: SetupChoices): Answers {
  return {
    publicUrl: choices.publicUrl,
    githubUrl: choices.github.webUrl,
    owner: choices.organization === null ? "own" : "organization",
    organization: choices.organization ?? "",
    signIn: choices.signIn.startsWith("org:") ? "org" : choices.signIn,
    name: choices.name,
  };
}

function proposed(request: FastifyRequest, config: SetupConfig, name: string): Answers {
  return {
    publicUrl: config.publicUrl ?? addressOf(request),
    githubUrl: config.github?.webUrl ?? "https://github.com",
    owner: "",
    organization: "",
    signIn: config.signIn ?? "closed",
    name,
  };
}

/** The address that the browser seems to have used. It is proposed to the person, and trusted with nothing. */
function addressOf(request: FastifyRequest): string {
  const url = URL.parse(`https://${request.headers.host ?? ""}`);
  if (!url) return "";
  return isLoopback(url.hostname) ? `http://${url.host}` : url.origin;
}
