import { type CommitBody, type CommitReport, readReport, requestCommit } from "./commit.ts";
import { DemoError } from "./demo-error.ts";
import { git } from "./git.ts";
import { type Installation, runCommand } from "./onbehalf.ts";
import type { Target } from "./prepare.ts";
import { type RefusalReport, revokeAndReconnect } from "./revoke.ts";
import type { Steps } from "./steps.ts";
import { Visitor } from "./visitor.ts";

export interface Walked {
  report: CommitReport;
  refusal: RefusalReport;
  /** The bot's key, for whoever wants to go on. */
  key: string;
}

const botName = "deploy-bot";
/** As the sandbox seeds her. */
const ada = { login: "ada", reference: "gh.583231" };

/** The commit that the bot asks for. */
export function commitFor(target: Target, change: Pick<CommitBody, "message" | "changes">): CommitBody {
  return { user: ada.reference, repository: target.fullName, branch: target.branch, ...change };
}

/** The main job, from a new bot to a commit in a person's name, and what ends it. */
export async function walk(
  deps: { steps: Steps; url: string; githubUrl: string; installation: Installation; signal: AbortSignal },
  target: Target,
): Promise<Walked> {
  const { steps, url, installation, signal } = deps;
  const { id, key } = readBot(await runCommand(installation, ["bots", "create", botName, "--json"], signal));
  steps.say(
    `An operator created a bot: onbehalf bots create ${botName}`,
    "The bot got a key of onbehalf's. It is no GitHub token, and so far it permits nothing.",
  );

  const visitor = new Visitor(url, ada.login);
  await visitor.signIn();
  await visitor.connect();
  signal.throwIfAborted();
  steps.say(
    "Ada signed in with GitHub and connected her account.",
    "onbehalf keeps her tokens, sealed. No bot ever sees them.",
  );

  const body = commitFor(target, {
    message: { headline: "Say hello from the demo", body: "Asked for by Ada, written by deploy-bot." },
    changes: [
      { path: "onbehalf-demo/hello.md", content: "# Hello\n\ndeploy-bot wrote this, and it carries Ada's name.\n" },
      { path: "onbehalf-demo/why.txt", content: "A bot commits as the person who asked.\n" },
    ],
  });
  const refused = await requestCommit(url, key, body);
  if (refused.body.code !== "delegation_required") {
    throw new DemoError(`A commit that nobody allowed was answered with ${refused.status}: ${refused.body.code}`);
  }
  steps.say(
    `${botName} asked to commit as Ada: ${refused.status} ${refused.body.code}`,
    "Connecting permits nothing. A bot acts only where the person has allowed it.",
  );

  await visitor.permit(id, target.fullName);
  signal.throwIfAborted();
  steps.say(
    `Ada allowed ${botName} to commit in ${target.fullName}, on her permissions page.`,
    "She can end that there, and the bot's next request is refused.",
  );

  const answer = await requestCommit(url, key, body);
  const report = await readReport(answer, target);
  steps.say(
    `${botName} committed two files as Ada: ${answer.status}, in ${report.ms} ms.`,
    "Whose commit is it? From the bare repository, git log -1 --format=fuller:",
  );
  steps.show(
    await git(["--git-dir", target.path, "log", "-1", "--format=fuller", `refs/heads/${target.branch}`, "--"]),
  );
  steps.tell(`Ada is the author. GitHub is the committer${report.verified ? " and signed it: verified." : "."}`);

  const next = commitFor(target, {
    message: { headline: "Say hello again" },
    changes: [{ path: "onbehalf-demo/again.txt", content: "Hello again.\n" }],
  });
  const refusal = await revokeAndReconnect({ ...deps, visitor }, () => requestCommit(url, key, next));
  return { report, refusal, key };
}

function readBot(line: string): { id: string; key: string } {
  const bot: unknown = JSON.parse(line);
  if (typeof bot === "object" && bot !== null && "id" in bot && "key" in bot) {
    if (typeof bot.id === "string" && typeof bot.key === "string") return { id: bot.id, key: bot.key };
  }
  throw new DemoError(`onbehalf bots create printed no bot: ${line}`);
}
