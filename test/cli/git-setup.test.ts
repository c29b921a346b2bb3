import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { gitCredentialCommand } from "../../src/cli/git-credential.ts";
import { configArguments, gitSettings } from "../../src/cli/git-settings.ts";
import { gitSetupCommand } from "../../src/cli/git-setup.ts";
import type { Environment } from "../../src/config/environment.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { type GitClient, gitClient } from "../harness/git-client.ts";
import { programEnvironment } from "../harness/program-environment.ts";
import { useStack } from "../harness/use-stack.ts";
import { onbehalf } from "./onbehalf.ts";

vi.setConfig({ testTimeout: 120_000 }); // each command is a process

const stack = useStack();
let pass: string;
let client: GitClient;
let folder: string;

beforeAll(async () => {
  await stack.connect("ada");
  const { key } = await stack.bot("deploy-bot");
  await stack.delegate("gh.583231", "deploy-bot", ["acme/site"], ["*"], ["push", "workflows"]);
  const body = { user: "gh.583231", repositories: ["acme/site"], capabilities: ["push", "workflows"], expires_in: 600 };
  pass = String((await stack.call("POST", "/api/v1/passes", { key, body })).body.pass);
  client = await gitClient();
  folder = await mkdtemp(join(tmpdir(), "onbehalf-pass-"));
});
afterAll(async () => {
  await client.remove();
  await rm(folder, { recursive: true, force: true });
});

/** What git asks its helper, and what the helper says. */
async function credential(args: string[], input: string, callerEnvironment: Environment) {
  const said = { out: "", err: "" };
  const print = (line: string) => {
    said.out += `${line}\n`;
  };
  const program = new Command();
  gitCredentialCommand(program, { callerEnvironment, print, streams: { input: Readable.from([input]) } });
  await program.parseAsync(["git-credential", ...args], { from: "user" }).catch((error: Error) => {
    said.err = error.message;
  });
  return said;
}

/** What it prints without being asked to set it. */
async function printed(callerEnvironment: Environment): Promise<string> {
  let out = "";
  const print = (line: string) => {
    out += `${line}\n`;
  };
  const program = new Command();
  gitSetupCommand(program, { callerEnvironment, fetch: globalThis.fetch, command: ["onbehalf"], print });
  await program.parseAsync(["git-setup"], { from: "user" });
  return out;
}

describe("git-setup", () => {
  test("sets what git needs: then GitHub's own addresses clone and push as the person", async () => {
    const env = { HOME: client.folder, ONBEHALF_URL: stack.url, ONBEHALF_PASS: pass };
    const { code, out, err } = await onbehalf(["git-setup", "--global", "--apply"], { cwd: folder, env });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`git works through ${stack.url} everywhere.\n`);
    await onbehalf(["git-setup", "--global", "--apply"], { cwd: folder, env }); // once more changes nothing
    const settings = await readFile(join(client.folder, ".gitconfig"), "utf8");
    expect(settings).not.toContain(pass);
    expect(settings.match(/insteadOf/gi)).toHaveLength(3);

    const environment = { ...programEnvironment(), ONBEHALF_PASS: pass };
    await client.done(["clone", "--quiet", "https://github.com/acme/site", "site"], { environment });
    await writeFile(join(client.folder, "site/a.txt"), "a");
    await client.done(["add", "."], { in: "site" });
    // Without the harness's own names.
    const named = spawnSync("git", ["commit", "--quiet", "-m", "A"], {
      cwd: join(client.folder, "site"),
      env: { PATH: process.env.PATH, HOME: client.folder, GIT_CONFIG_NOSYSTEM: "1" },
    });
    expect(named.status).toBe(0);
    expect(await client.done(["log", "-1", "--format=%an <%ae>"], { in: "site" })).toBe(
      "Ada Lovelace <583231+ada@users.noreply.github.com>",
    );
    await client.done(["remote", "set-url", "origin", "git@github.com:acme/site.git"], { in: "site" });
    await client.done(["push", "--quiet", "origin", "HEAD:refs/heads/agents/a"], { in: "site", environment });
    expect(stack.sandbox.requests.at(-1)).toMatchObject({ path: "/acme/site.git/git-receive-pack", as: "ada" });
  });

  test("prints it for a shell, and says what is missing", async () => {
    const out = await printed({ ONBEHALF_URL: stack.url, ONBEHALF_PASS: pass });
    expect(out).toContain(`git config --local --replace-all -- url.${stack.url}/.insteadOf https://github.com/\n`);
    expect(out).toContain("git config --local --replace-all -- user.name 'Ada Lovelace'\n");
    expect(out).not.toContain(pass);
    await expect(printed({ ONBEHALF_URL: stack.url })).rejects.toThrow("ONBEHALF_PASS");
    await expect(printed({ ONBEHALF_URL: "ftp://x", ONBEHALF_PASS: pass })).rejects.toThrow("--url");
    const silent = `http://127.0.0.1:${await freePort()}`;
    await expect(printed({ ONBEHALF_URL: silent, ONBEHALF_PASS: pass })).rejects.toThrow(
      `No onbehalf answers at ${silent} (`,
    );
    await expect(printed({ ONBEHALF_URL: stack.url, ONBEHALF_PASS: `obp_${"a".repeat(43)}` })).rejects.toThrow(
      "unknown",
    );
  });

  test("believes no .env of the folder that it stands in, which may be anybody's repository", async () => {
    await writeFile(join(folder, ".env"), `ONBEHALF_URL=http://evil.example\nONBEHALF_PASS_FILE=/etc/passwd\n`);
    const env = { PUBLIC_URL: stack.url, ONBEHALF_PASS: pass };
    const { out } = await onbehalf(["git-setup"], { cwd: folder, env });
    await rm(join(folder, ".env"));
    expect(out).toContain(stack.url);
    expect(out).not.toContain("evil");
  });

  test("quotes whatever a person is called", () => {
    const identity = { name: `-O'Hara $(x)`, email: "1+o@users.noreply.github.com" };
    const settings = gitSettings({
      url: "https://a.example",
      github: "https://ghe.example",
      identity,
      helper: ["/a b/node", "m.ts"],
    });
    expect(settings.map(({ value }) => value)).toEqual([
      "https://ghe.example/",
      "git@ghe.example:",
      "ssh://git@ghe.example/",
      "",
      "!'/a b/node' m.ts git-credential --url https://a.example",
      identity.name,
      identity.email,
    ]);
    expect(configArguments({ key: "user.name", value: identity.name }, "--local").slice(-3)).toEqual([
      "--",
      "user.name",
      identity.name,
    ]);
  });
});

describe("git-credential", () => {
  const ours = () => `protocol=http\nhost=${new URL(stack.url).host}\n`;

  test("hands out the pass for onbehalf's address alone", async () => {
    const env = { ONBEHALF_PASS: pass };
    const args = ["get", "--url", stack.url];
    expect((await credential(args, `${ours()}\n`, env)).out).toBe(`username=x-access-token\npassword=${pass}\n`);
    for (const asked of ["protocol=https\nhost=github.com\n", ours().replace("http\n", "https\n"), "", "host"]) {
      expect(await credential(args, asked, env)).toEqual({ out: "", err: "" });
    }
    expect(await credential(["store", "--url", stack.url], `${ours()}password=x\n`, env)).toEqual({ out: "", err: "" });
  });

  test("takes the pass from a file that nobody else may read", async () => {
    const file = join(folder, "pass");
    await writeFile(file, `${pass}\n`, { mode: 0o600 });
    const args = ["get", "--url", stack.url];
    expect((await credential(args, ours(), { ONBEHALF_PASS_FILE: file })).out).toContain(pass);
    await chmod(file, 0o640);
    const open = await credential(args, ours(), { ONBEHALF_PASS_FILE: file });
    expect(open).toEqual({ out: "quit=1\n", err: expect.stringContaining("chmod 600") });
    const none = await credential(args, ours(), { ONBEHALF_PASS_FILE: join(folder, "none") });
    expect(none).toEqual({ out: "quit=1\n", err: expect.stringContaining("can't be read") });
    const other = await credential(args, ours(), { ONBEHALF_PASS: "ghp_something" });
    expect(other).toEqual({ out: "quit=1\n", err: expect.stringContaining("That is no pass") });
  });
});
