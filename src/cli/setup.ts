import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import type { CreatedApp } from "../actions/setup/create-github-app.ts";
import { findAdmin } from "../actions/setup/find-admin.ts";
import { readChoices, type SetupAnswers, type SetupChoices } from "../actions/setup/setup-choices.ts";
import { beginSetup, type SetupProgress } from "../actions/setup/setup-progress.ts";
import type { Environment } from "../config/environment.ts";
import { environmentFile } from "../config/environment-file.ts";
import { lacksGithubApp, readSetupConfig, type SetupConfig } from "../config/setup-config.ts";
import { Problem } from "../errors.ts";
import { openTerminal, type Terminal } from "./ask.ts";

export interface SetupDeps {
  environment: Environment;
  fetch: typeof globalThis.fetch;
  print(line: string): void;
  /** Where questions are asked and answered. */
  streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream };
  /** Listens on loopback, hands over to GitHub, and takes the browser back. */
  listenForApp(request: {
    choices: SetupChoices;
    progress: SetupProgress;
    webhookProxyUrl: string | null;
  }): Promise<{ link: string; created: Promise<CreatedApp>; stop(): Promise<void> }>;
}

interface Options {
  publicUrl?: string;
  githubUrl?: string;
  owner?: string;
  signIn?: string;
  name?: string;
  admin?: string;
  json?: boolean;
}

const own = "@me";
const unanswered = "Nobody answered: give the answers as options, see `npm run -s onbehalf -- setup --help`.";

/** `setup`: what the pages of a start without a GitHub App do, from a terminal. */
export function setupCommand(program: Command, deps: SetupDeps): void {
  program
    .command("setup")
    .description("create the GitHub App and write DATA_DIR/.env; asks for what is not given")
    .option("--public-url <url>", "what browsers reach this onbehalf at")
    .option("--github-url <url>", "github.com, SUB.ghe.com or a GitHub Enterprise Server")
    .option("--owner <name>", `the organisation that owns the app, or ${own} for your own account`)
    .option("--sign-in <policy>", "who may sign in: closed, org:NAME or open")
    .option("--name <name>", "the app's name")
    .option("--admin <person>", "the first admin of an organisation's app: a GitHub login, or gh.NUMBER")
    .option("--json", "print one JSON object")
    .action(async (options: Options) => {
      const terminal = openTerminal(deps.streams, unanswered);
      try {
        await setUp(deps, terminal, options);
      } finally {
        terminal.close();
      }
    });
}

async function setUp(deps: SetupDeps, terminal: Terminal, options: Options): Promise<void> {
  const config = readSetupConfig(deps.environment);
  if (!lacksGithubApp(deps.environment)) {
    throw new Problem(
      "bad_request",
      "A GitHub App is configured already, and nothing was changed. Look at it with `npm run -s onbehalf -- doctor`.",
    );
  }
  const progress = await beginSetup(deps, config);
  const tell = (line: string) => deps.streams.output.write(`${line}\n`);
  if (progress.stage.name === "asking") {
    const choices = await askChoices(config, terminal, options, tell);
    // Before the app is created: a wrong login must not leave an app without an admin behind.
    const needsAdmin = choices.organization !== null && !config.hasAdmins;
    const admin = needsAdmin ? await askAdmin(deps, terminal, options, choices.github.apiUrl) : null;
    const { webhookProxyUrl } = config;
    const listener = await deps.listenForApp({ choices, progress, webhookProxyUrl });
    tell(`Open this address in a browser on this machine, and create the app at GitHub:\n\n  ${listener.link}\n`);
    const { port } = new URL(listener.link);
    tell(`From another machine, first run there: ssh -L ${port}:127.0.0.1:${port} THIS_MACHINE`);
    await listener.created.finally(() => listener.stop());
    if (admin) await progress.setAdmin(admin);
  } else if (progress.stage.name === "admin") {
    const { app } = progress.stage;
    tell(`Set-up was interrupted after the app ${app.name} was created: going on.`);
    await progress.setAdmin(await askAdmin(deps, terminal, options, app.environment.GITHUB_API_URL ?? ""));
  }
  while (progress.stage.name === "unsaved") {
    await terminal.ask(`${progress.stage.fault}\nThe app's keys are in memory only. Mend that, then press Enter.`);
    await progress.save();
  }
  if (progress.stage.name === "saved") report(deps, config, progress.stage, options);
}

async function askChoices(
  config: SetupConfig,
  terminal: Terminal,
  options: Options,
  tell: (line: string) => void,
): Promise<SetupChoices> {
  const questions: { field: keyof SetupAnswers; given: string | null | undefined; ask(): Promise<string> }[] = [
    {
      field: "publicUrl",
      given: config.publicUrl ?? options.publicUrl,
      ask: () => terminal.ask("What do browsers reach this onbehalf at?", `http://127.0.0.1:${config.port}`),
    },
    {
      field: "githubUrl",
      given: config.github?.webUrl ?? options.githubUrl,
      ask: () => terminal.ask("github.com, your SUB.ghe.com, or your GitHub Enterprise Server?", "github.com"),
    },
    {
      field: "organization",
      given: options.owner,
      ask: () =>
        terminal.ask(
          "Who owns the app? GitHub lets only the owning account authorise and install it: with your own account only\n" +
            `you, with an organisation its members. Write the organisation's name, or ${own} for your own account.`,
        ),
    },
    {
      field: "signIn",
      given: config.signIn ?? options.signIn,
      ask: () => terminal.ask("Who may sign in: closed (only you), org:NAME (its members), or open?", "closed"),
    },
    {
      field: "name",
      given: options.name,
      ask: () => terminal.ask("The app's name, which no other app has?", `onbehalf-${randomBytes(2).toString("hex")}`),
    },
  ];
  const answers = new Map<keyof SetupAnswers, string>();
  for (;;) {
    for (const { field, given, ask } of questions) {
      if (!answers.has(field)) answers.set(field, given ?? (await ask()));
    }
    const answer = (field: keyof SetupAnswers) => answers.get(field) ?? "";
    const owner = answer("organization");
    const read = readChoices(config, {
      publicUrl: answer("publicUrl"),
      githubUrl: answer("githubUrl"),
      organization: owner === own ? null : owner,
      signIn: answer("signIn"),
      name: answer("name"),
    });
    if ("choices" in read) return read.choices;
    const faulty = questions.filter(({ field }) => read.faults[field]);
    const sentences = faulty.map(({ field }) => read.faults[field] ?? "");
    if (faulty.every(({ given }) => given != null)) throw new Problem("bad_request", sentences.join("\n"));
    for (const sentence of sentences) tell(sentence);
    for (const { field, given } of faulty) if (given == null) answers.delete(field);
  }
}

async function askAdmin(deps: SetupDeps, terminal: Terminal, options: Options, apiUrl: string): Promise<string> {
  if (options.admin !== undefined) return findAdmin(deps, { person: options.admin, apiUrl });
  for (;;) {
    const person = await terminal.ask("Who is the first admin? A GitHub login, such as yours.");
    try {
      return await findAdmin(deps, { person, apiUrl });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      deps.streams.output.write(`${error.message}\n`);
    }
  }
}

function report(
  deps: SetupDeps,
  config: SetupConfig,
  { app, environment }: { app: CreatedApp; environment: Environment },
  options: Options,
): void {
  const file = environmentFile(config.dataDir);
  if (options.json) {
    deps.print(
      JSON.stringify({
        file,
        app_id: Number(environment.APP_ID),
        app_name: app.name,
        owner: app.owner.login,
        install_url: app.installUrl,
        public_url: environment.PUBLIC_URL,
        admin_users: environment.ADMIN_USERS ?? null,
      }),
    );
    return;
  }
  deps.print(
    `The app ${app.name} exists, and ${app.owner.login} owns it. Its keys are in ${file}: keep that file secret.`,
  );
  if (environment.ADMIN_USERS) deps.print(`The first admin is ${environment.ADMIN_USERS}.`);
  deps.print(`Install the app where bots shall work: ${app.installUrl}`);
  deps.print("Then start onbehalf: npm start");
}
