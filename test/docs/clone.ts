import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { location, ownForm } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { ghEnvironment } from "../harness/gh-client.ts";
import { programEnvironment } from "../harness/program-environment.ts";
import { startTlsFront, type TlsFront } from "../harness/tls-front.ts";
import { root } from "./read-pages.ts";

type Environment = Record<string, string>;

/** A clone as a reader has it after `npm ci`, in a folder of its own, with the sandbox as its GitHub. */
export interface Clone {
  readonly sandbox: Sandbox;
  /** Where its onbehalf answers. */
  readonly url: string;
  /** What is copied from one command to the next. */
  readonly copied: Environment;
  /** The machine, without any configuration. */
  readonly machine: Environment;
  /** Types a command as it stands, but for the address. Nobody answers what it asks. */
  type(command: string, env?: Environment): Promise<{ status: number | null; out: string; err: string }>;
  /** What a command prints that does what it should. */
  done(command: string): Promise<string>;
  /** Starts the server, in a group of its own as a terminal does, and waits for its first words. */
  start(command: string, words: RegExp, env?: Environment): Promise<string>;
  /** As Ctrl-C does: to npm, its shell and the server alike. */
  stop(): Promise<void>;
  /** Writes a program in JavaScript, as it stands but for the address and for where onbehalf's client is. */
  save(name: string, text: string): Promise<void>;
  /** What a command wrote. */
  read(name: string): Promise<string>;
  /** As a shell keeps what it exports. Puts TLS in front, since a host's name alone is exported. */
  exportVariables(command: string): Promise<void>;
  /** What a person does on the pages between two commands. */
  connectAda(): Promise<void>;
  /** Goes from a connect link to where it leads back. */
  followLink(link: string): Promise<URL>;
  /** The branches of acme/site. */
  branches(): string[];
  /** Author, committer and headline of what a branch of acme/site leads to. */
  lastCommit(branch: string): string;
  close(): Promise<void>;
}

export async function makeClone(): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-docs-"));
  await chmod(folder, 0o711); // as root PostgreSQL runs as another account, which has to get in
  for (const name of ["src", "node_modules"]) await symlink(join(root, name), join(folder, name));
  for (const name of ["package.json", ".env.example"]) await copyFile(join(root, name), join(folder, name));
  const sandbox = await startSandbox();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  sandbox.setCallbackUrls([`${url}/connect/github/callback`]);
  sandbox.setWebhookUrl(`${url}/api/github/webhooks`);
  const machine: Environment = {
    ...programEnvironment(),
    HOME: folder,
    npm_config_update_notifier: "false",
    PORT: String(port),
  };
  const copied: Environment = {};
  let server: ChildProcess | null = null;
  let front: TlsFront | null = null;

  /** With what an operator has filled in. */
  const configured = (): Environment => ({
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
  });

  const git = (...words: string[]) => {
    const { path } = sandbox.repository("acme/site");
    return spawnSync("git", ["--git-dir", path, ...words])
      .stdout.toString()
      .trim();
  };

  const clone: Clone = {
    sandbox,
    url,
    copied,
    machine,

    async type(command, env = configured()) {
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
    },

    async done(command) {
      const { status, out, err } = await clone.type(command);
      expect(status, `${command}\n${out}\n${err}`).toBe(0);
      return out;
    },

    async start(command, words, env = configured()) {
      const child = spawn("sh", ["-c", command], {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
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
    },

    async stop() {
      const stopping = server;
      server = null;
      if (!stopping?.pid) return;
      const closed = once(stopping, "close");
      process.kill(-stopping.pid, "SIGINT");
      await closed;
    },

    async save(name, text) {
      const client = JSON.stringify(join(root, "src/client/create-client.ts"));
      const placed = text.replaceAll('"onbehalf/client"', client).replaceAll("http://127.0.0.1:3000", url);
      await writeFile(join(folder, name), placed);
    },

    read: (name) => readFile(join(folder, name), "utf8"),

    async exportVariables(command) {
      front = await startTlsFront(url);
      Object.assign(copied, ghEnvironment(front, { home: folder, pass: "" }));
      for (const [, name = "", value = ""] of (await clone.done(`${command}; env`)).matchAll(/^(GH_\w+)=(.*)$/gm)) {
        copied[name] = value;
      }
    },

    async connectAda() {
      const browser = new Browser();
      const consent = await browser.submit(await browser.open(`${url}/`), "Sign in with GitHub");
      const accounts = await browser.submit(consent, "Authorize", { login: "ada", action: "authorize" });
      const again = await browser.submit(accounts, "/connect/github");
      await browser.submit(again, "Authorize", { login: "ada", action: "authorize" });
    },

    async followLink(link) {
      const browser = new Browser();
      const consent = await browser.submit(await browser.open(link), "Continue to GitHub");
      const page = await browser.submit(consent, "Authorize", { login: "grace", action: "authorize" });
      return location(await browser.request(`${page.url}/confirm`, { method: "POST", headers: ownForm }));
    },

    branches: () => git("branch", "--format=%(refname:short)").split("\n"),
    lastCommit: (branch) => git("log", "-1", "--format=%an %cn %s", branch),

    async close() {
      await clone.stop();
      await front?.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return clone;
}
