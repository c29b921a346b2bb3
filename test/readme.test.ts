import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Sandbox, startSandbox } from "../sandbox/index.ts";
import { commitAnswer } from "../src/actions/commits/commit-answer.ts";
import { connectRefusalReasons } from "../src/actions/sign-in/connect-refusal.ts";
import { isProblemCode, problemStatus } from "../src/errors.ts";
import { commitBody } from "../src/http/routes/commits.ts";
import { freePort } from "../src/store/embedded/free-port.ts";
import { location, ownForm } from "./harness/authorization.ts";
import { Browser } from "./harness/browser.ts";
import { ghEnvironment, ghInstalled } from "./harness/gh-client.ts";
import { programEnvironment } from "./harness/program-environment.ts";
import { startTlsFront, type TlsFront } from "./harness/tls-front.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");

/** Every command of the `sh` blocks, in order, as one is typed. */
function commandsIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => {
    const commands: string[] = [];
    let open = "";
    for (const line of block.split("\n")) {
      open += `${open && "\n"}${line}`;
      const quotes = open.match(/'/g)?.length ?? 0;
      if (line.endsWith("\\") || quotes % 2 === 1) continue;
      if (open.trim() !== "") commands.push(open);
      open = "";
    }
    return commands;
  });
}

const commands = commandsIn(readme);

describe("the README's commands", () => {
  let folder: string;
  let sandbox: Sandbox;
  let url: string;
  let server: ChildProcess | null = null;
  /** What stands before onbehalf as soon as a command names its host. */
  let front: TlsFront | null = null;
  /** The machine, without any configuration. */
  let machine: Record<string, string>;
  /** What is copied from one command to the next. */
  const copied: Record<string, string> = {};

  beforeAll(async () => {
    // A clone as the README leaves it after `npm ci`, in a folder of its own.
    folder = await mkdtemp(join(tmpdir(), "onbehalf-readme-"));
    await chmod(folder, 0o711); // as root PostgreSQL runs as another account, which has to get in
    for (const name of ["src", "node_modules"]) await symlink(join(root, name), join(folder, name));
    for (const name of ["package.json", ".env.example"]) await copyFile(join(root, name), join(folder, name));
    sandbox = await startSandbox();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    sandbox.setCallbackUrls([`${url}/connect/github/callback`]);
    sandbox.setWebhookUrl(`${url}/api/github/webhooks`);
    machine = {
      ...programEnvironment(),
      HOME: folder,
      npm_config_update_notifier: "false",
      PORT: String(port),
    };
  });
  afterAll(async () => {
    await stop();
    await front?.close();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** With what an operator has filled in. */
  function configured(): Record<string, string> {
    return {
      ...machine,
      ...copied,
      PUBLIC_URL: url,
      SIGN_IN: "open",
      RETURN_TO_ORIGINS: "https://app.example.com",
      GITHUB_URL: sandbox.webUrl,
      GITHUB_API_URL: sandbox.apiUrl,
      APP_ID: String(sandbox.app.id),
      PRIVATE_KEY: sandbox.app.privateKey,
      WEBHOOK_SECRET: sandbox.app.webhookSecret,
      GITHUB_CLIENT_ID: sandbox.app.clientId,
      GITHUB_CLIENT_SECRET: sandbox.app.clientSecret,
    };
  }

  /** Types a command as it stands, but for the address. Nobody answers what it asks. */
  async function type(
    command: string,
    env = configured(),
  ): Promise<{ status: number | null; out: string; err: string }> {
    const line = command.replaceAll("http://127.0.0.1:3000", url);
    const child = spawn("sh", ["-c", line], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.err += text;
    });
    await once(child, "close");
    return { status: child.exitCode, out: said.out.trim(), err: said.err };
  }

  /** What a command prints that does what it should. */
  async function done(command: string): Promise<string> {
    const { status, out, err } = await type(command);
    expect(status, `${command}\n${out}\n${err}`).toBe(0);
    return out;
  }

  /** Starts the server, in a group of its own as a terminal does, and waits for its first words. */
  async function start(command: string, words: RegExp, env = configured()): Promise<string> {
    const child = spawn("sh", ["-c", command], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    server = child;
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    for (;;) {
      const [found] = words.exec(said) ?? [];
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}:\n${said}`);
      await wait(20);
    }
  }

  /** As Ctrl-C does: to npm, its shell and the server alike. */
  async function stop(): Promise<void> {
    const stopping = server;
    server = null;
    if (!stopping?.pid) return;
    const closed = once(stopping, "close");
    process.kill(-stopping.pid, "SIGINT");
    await closed;
  }

  /** What a person does on the pages between two commands. */
  async function connectAda(): Promise<void> {
    const browser = new Browser();
    const consent = await browser.submit(await browser.open(`${url}/`), "Sign in with GitHub");
    const accounts = await browser.submit(consent, "Authorize", { login: "ada", action: "authorize" });
    const again = await browser.submit(accounts, "/connect/github");
    await browser.submit(again, "Authorize", { login: "ada", action: "authorize" });
  }

  /** Goes from a connect link to where it leads back. */
  async function followLink(link: string): Promise<URL> {
    const browser = new Browser();
    const consent = await browser.submit(await browser.open(link), "Continue to GitHub");
    const page = await browser.submit(consent, "Authorize", { login: "grace", action: "authorize" });
    return location(await browser.request(`${page.url}/confirm`, { method: "POST", headers: ownForm }));
  }

  /** The program in JavaScript, as it stands but for the address, and for where the package would be installed. */
  async function runProgram(): Promise<void> {
    const [, program = ""] = /^```js\n(.*?)^```$/ms.exec(readme) ?? [];
    const client = JSON.stringify(join(root, "src/client/create-client.ts"));
    const text = program.replace('"onbehalf/client"', client).replaceAll("http://127.0.0.1:3000", url);
    await writeFile(join(folder, "program.mjs"), text);
    const out = await done("node_modules/.bin/node program.mjs");
    expect(out).toBe(`${sandbox.repository("acme/site").head("main")}\nacme/site`);
  }

  /** As a shell keeps what it exports. */
  async function exportVariables(command: string): Promise<void> {
    front = await startTlsFront(url);
    Object.assign(copied, ghEnvironment(front, { home: folder, pass: "" }));
    for (const [, name = "", value = ""] of (await done(`${command}; env`)).matchAll(/^(GH_\w+)=(.*)$/gm)) {
      copied[name] = value;
    }
    expect(copied.GH_ENTERPRISE_TOKEN).toBe(copied.ONBEHALF_PASS);
  }

  const branches = () =>
    spawnSync("git", ["--git-dir", sandbox.repository("acme/site").path, "branch", "--format=%(refname:short)"]).stdout;

  /** Of these gh runs the first, or git asks it for the pass: all of them are skipped where it is missing. */
  const ghCommands: Record<string, (command: string) => Promise<void>> = {
    "export GH_HOST": exportVariables,
    "gh auth setup-git": async (command) => expect(await done(command)).toBe(""),
    "git clone https://onbehalf.example.com/": async (command) => expect(await done(command)).toBe(""),
    "git -C site -c user": async (command) => expect(await done(command)).toContain("Say hello"),
    "git -C site push": async (command) => {
      await done(command);
      expect(branches().toString().split("\n")).toContain("agents/hello");
    },
    "gh pr create": async (command) => expect(await done(command)).toMatch(/\/acme\/site\/pull\/\d+$/),
    "gh pr list": async (command) => expect(await done(command)).toContain("agents/hello"),
  };

  /** How each is run, and what must come of it. */
  const run: Record<string, (command: string) => Promise<void>> = {
    "npm start": async (command) => {
      const link = await start(command, /http:\S+\/setup\?token=\S+(?=\n)/, machine);
      expect(await new Browser().open(link)).toMatchObject({ status: 200 });
      await stop();
    },
    // test/setup answers the questions.
    "npm run -s onbehalf -- setup": async (command) =>
      expect((await type(command, machine)).err).toContain("What do browsers reach this onbehalf at?"),
    "cp .env.example .env && chmod 600 .env": async (command) => {
      await done(command);
      expect(await readFile(join(folder, ".env"), "utf8")).toContain("APP_ID=");
    },
    "npm run -s onbehalf -- keys generate": async (command) => {
      copied.ENCRYPTION_KEYS = await done(command);
      expect(copied.ENCRYPTION_KEYS).toMatch(/^[\w-]+:[A-Za-z0-9+/]{43}=$/);
    },
    "node_modules/.bin/node src/main.ts start": async (command) => {
      await start(command, /onbehalf is listening/);
      await connectAda();
    },
    "npm run -s onbehalf -- doctor": async (command) => expect(await done(command)).toContain(" 0 failures"),
    "npm run -s onbehalf -- providers check": async (command) =>
      expect(await done(command)).toContain("callback URL to register: http"),
    "npm run -s onbehalf -- bots create host": async (command) => {
      copied.ONBEHALF_PLATFORM_KEY = await done(command);
      expect(copied.ONBEHALF_PLATFORM_KEY).toMatch(/^ob_[\w-]{43}$/);
    },
    "npm run -s onbehalf -- bots create": async (command) => {
      copied.ONBEHALF_KEY = await done(command);
      expect(copied.ONBEHALF_KEY).toMatch(/^ob_[\w-]{43}$/);
    },
    "npm run -s onbehalf -- bots list": async (command) => expect(await done(command)).toContain("deploy-bot"),
    "npm run -s onbehalf -- delegations grant": async (command) =>
      expect(await done(command)).toMatch(/^[\da-f-]{36}$/),
    "npm run -s onbehalf -- delegations list": async (command) => expect(await done(command)).toContain("acme/site"),
    "npm run -s onbehalf -- bots ceiling": async (command) => expect(await done(command)).toContain("acme/*"),
    "npm run -s onbehalf -- bots offer": async (command) => expect(await done(command)).toContain("agents/*"),
    "curl -sS http://127.0.0.1:3000/api/v1/commits": async (command) => {
      const answer: unknown = JSON.parse(await done(command));
      expect(answer).toMatchObject({
        oid: sandbox.repository("acme/site").head("release-notes"),
        author: { login: "ada" },
        verified: true,
        attribution: "user",
        pull_request: { created: true },
      });
      expect(branches().toString().split("\n")).toContain("release-notes");
      expect(JSON.parse(await done(command))).toEqual(answer);
    },
    "npm run -s onbehalf -- passes create": async (command) => {
      copied.ONBEHALF_PASS = await done(command);
      expect(copied.ONBEHALF_PASS).toMatch(/^obp_[\w-]{43}$/);
    },
    "npm run -s onbehalf -- git-setup --global --apply": async (command) => {
      expect(await done(command)).toContain("git works through");
    },
    "git clone https://github.com/acme/site": async (command) => {
      await done(command);
    },
    "cd todo && echo '# To do'": async (command) => {
      await done(command);
      expect(branches().toString().split("\n")).toContain("agents/todo");
    },
    "curl -sS http://127.0.0.1:3000/api/v3/repos/acme/site/commits": async (command) => {
      expect(JSON.parse(await done(command))).toContainEqual(expect.objectContaining({ sha: expect.any(String) }));
      await runProgram();
    },
    ...ghCommands,
    "curl -sS http://127.0.0.1:3000/api/v1/users/gh.583231/git-identity": async (command) =>
      expect(JSON.parse(await done(command))).toEqual({
        name: "Ada Lovelace",
        email: "583231+ada@users.noreply.github.com",
      }),
    "npm run -s onbehalf -- openapi": async (command) => {
      await done(command);
      const document: unknown = JSON.parse(await readFile(join(folder, "openapi.json"), "utf8"));
      expect(document).toMatchObject({
        openapi: "3.1.0",
        paths: { "/api/v1/commits": { post: { tags: ["Commits"] } } },
      });
    },
    "curl -sS -X PUT http://127.0.0.1:3000/api/v1/users/ext.staff-7": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ external_id: "staff-7", status: "active" }),
    "curl -sS -X PUT http://127.0.0.1:3000/api/v1/users/ext.staff-8": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ external_id: "staff-8", status: "active" }),
    "curl -sS http://127.0.0.1:3000/api/v1/users/ext.staff-8/connect-links": async (command) => {
      const { url: link } = z.object({ url: z.string() }).parse(JSON.parse(await done(command)));
      const { origin, pathname, searchParams } = await followLink(link);
      expect(origin + pathname).toBe("https://app.example.com/connected");
      copied.CONNECT_CODE = searchParams.get("connect_code") ?? "";
    },
    "curl -sS http://127.0.0.1:3000/api/v1/users/ext.staff-8/connect-completions": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ login: "grace", state: "active" }),
    "curl -sS http://127.0.0.1:3000/api/v1/users/gh.583231/accounts": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ login: "ada", has_token: true }] }),
    'curl -sS "http://127.0.0.1:3000/api/v1/delegations?user=gh.583231"': async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ bot: "deploy-bot" }] }),
    'curl -sS "http://127.0.0.1:3000/api/v1/audit-events?user=gh.583231&action=commit"': async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ bot: "deploy-bot" }, { login: "ada" }] }),
    "curl -sS -X PUT http://127.0.0.1:3000/api/v1/repositories": async (command) => {
      await connectAda(); // her account was ended above
      expect(JSON.parse(await done(command))).toMatchObject({ repository: "acme/site", every: 3600 });
    },
    "curl -sS http://127.0.0.1:3000/api/v1/repositories": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ items: [{ repository: "acme/site" }] }),
    "curl -sS -X DELETE http://127.0.0.1:3000/api/v1/users/gh.583231/accounts/github": async (command) => {
      expect(JSON.parse(await done(command))).toEqual({ revocations: "done" });
      expect(sandbox.grants()).toEqual([]);
    },
    "curl -sS -X POST http://127.0.0.1:3000/api/v1/users/ext.staff-7/deactivate": async (command) =>
      expect(JSON.parse(await done(command))).toEqual({ revocations: "done" }),
    "curl -sS -X DELETE http://127.0.0.1:3000/api/v1/users/ext.staff-7": async (command) =>
      expect(JSON.parse(await done(command))).toEqual({ revocations: "done" }),
    "npm run -s onbehalf -- audit --json": async (command) => {
      const events: unknown[] = (await done(command)).split("\n").map((line) => JSON.parse(line));
      expect(events).toContainEqual(
        expect.objectContaining({ action: "commit", result: "succeeded", bot: "deploy-bot", login: "ada" }),
      );
    },
    "npm run -s onbehalf -- keys status": async (command) =>
      expect(await done(command)).toMatch(/^key +configured .*\nk\w+ +seals +matches /),
    "npm run -s onbehalf -- keys rotate": async (command) =>
      expect(await done(command)).toMatch(/^Nothing to do: key "k\w+" seals everything/),
    "npm run -s onbehalf -- keys verify": async (command) =>
      expect(await done(command)).toMatch(/^([1-9]\d*) of \1 sealed rows open\.$/),
    "npm run -s onbehalf -- users deactivate": async (command) =>
      expect(await done(command)).toBe("Deactivated. No authorisation of theirs is left."),
    "npm run -s onbehalf -- tombstones lift": async (command) =>
      expect(await done(command)).toMatch(/^Lifted: [\da-f-]{36} is active again, with nothing connected/),
    "npm run -s onbehalf -- users erase": async (command) =>
      expect(await done(command)).toBe("Erased. No authorisation of theirs is left."),
    "npm run -s onbehalf -- deliveries list": async (command) =>
      expect(await done(command)).toBe("Every delivery was handled."),
    "npm run -s onbehalf -- deliveries retry": async (command) => expect(await done(command)).toBe("Handled again: 0."),
    "npm run -s onbehalf -- events list": async (command) => expect(await done(command)).toBe("Every event was sent."),
    "npm run -s onbehalf -- events retry": async (command) => expect(await done(command)).toBe("Sent again: 0."),
    "curl -sS http://127.0.0.1:3000/readyz": async (command) =>
      expect(JSON.parse(await done(command))).toMatchObject({ status: "ready" }),
  };

  const inCi = ["npm ci && npm run demo -- --once --json", "npm ci && npm test"];

  test("are run by .ci/run or below, each of them", async () => {
    const ci = await readFile(join(root, ".ci/run"), "utf8");
    const steps = inCi.flatMap((command) => command.split(" && "));
    for (const step of steps) expect(ci).toMatch(new RegExp(`^(run )?${step}( |$)`, "m"));
    const known = [...inCi, ...Object.keys(run)];
    expect(commands.filter((command) => !known.some((start) => command.startsWith(start)))).toEqual([]);
    expect(known.filter((start) => !commands.some((command) => command.startsWith(start)))).toEqual([]);
  });

  test("do what it says, in its order", { timeout: 120_000 }, async () => {
    for (const command of commands.filter((each) => !inCi.includes(each))) {
      const [start = "", how] = Object.entries(run).find(([start]) => command.startsWith(start)) ?? [];
      if (start in ghCommands && !ghInstalled) continue;
      await how?.(command);
    }
    await stop();
  });
});

test("CONTRIBUTING.md lists the scripts that CI runs, in their order", async () => {
  const contributing = await readFile(join(root, "CONTRIBUTING.md"), "utf8");
  const listed = [...contributing.matchAll(/^\| `(npm .+?)` \|.*✓ \|$/gm)].map(([, script]) => script);
  const ci = await readFile(join(root, ".ci/run"), "utf8");
  const steps = [...ci.matchAll(/^(?:run|begin) (npm .+)$/gm)].map(([, step]) => step);
  expect(["npm ci", ...listed]).toEqual(steps);
});

describe("the README's tables", () => {
  /** The names in the first column of the tables below a heading. */
  function namesBelow(heading: string): string[] {
    const [, section = ""] = new RegExp(`^### ${heading}$(.*?)^##`, "ms").exec(readme) ?? [];
    const cells = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].map(([, cell = ""]) => cell);
    return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)).sort();
  }

  test("name every field of a commit's request and of its answer", () => {
    expect(namesBelow("The request")).toEqual(Object.keys(commitBody.shape).sort());
    expect(namesBelow("The answer")).toEqual(Object.keys(commitAnswer.shape).sort());
  });

  test("name every problem code, with its status", () => {
    const documented: Record<string, number> = {};
    const note = (codes: string, status: string) => {
      for (const [, code = ""] of codes.matchAll(/`(\w+)`/g)) documented[code] = Number(status);
    };
    for (const [, status = "", codes = ""] of readme.matchAll(/^\| (\d{3}) \| (`.+?`) \|/gm)) note(codes, status);
    const [, others = ""] = /^Pages and deliveries have (.+)$/m.exec(readme) ?? [];
    for (const [, codes = "", status = ""] of others.matchAll(/((?:`\w+`(?:,| and)? ?)+)\((\d{3})/g))
      note(codes, status);
    expect(documented).toEqual(problemStatus);
  });

  test("name every reason that a refused sign-in or connection has on its page", () => {
    const [, listed = ""] = /^A page that ends a sign-in (.+)$/m.exec(readme) ?? [];
    const named = [...listed.matchAll(/`(\w+)`/g)].map(([, reason = ""]) => reason);
    expect(named.sort()).toEqual(connectRefusalReasons.filter((reason) => !isProblemCode(reason)).sort());
  });
});
