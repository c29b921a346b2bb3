import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { programEnvironment } from "../harness/program-environment.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Demo {
  child: ChildProcess;
  /** What it has printed so far. */
  out(): string;
  err(): string;
  /** Waits until it has printed something. */
  untilPrinted(words: string): Promise<void>;
  exit(): Promise<number | null>;
}

const opened: { folder: string; demos: Demo[] }[] = [];

afterEach(async () => {
  for (const { folder, demos } of opened.splice(0)) {
    for (const { child } of demos) {
      if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  }
});

/** A temporary folder of its own, so that a test sees everything that the demo leaves behind. */
export async function temporary() {
  const folder = await mkdtemp(join(tmpdir(), "demo-test-"));
  await chmod(folder, 0o711); // as root PostgreSQL runs as another account, which has to get in
  const demos: Demo[] = [];
  opened.push({ folder, demos });
  return {
    folder,
    run(...args: string[]): Demo {
      const demo = spawnDemo(folder, args);
      demos.push(demo);
      return demo;
    },
    /** What still lies in the folder or runs on it. */
    async leftovers(): Promise<string[]> {
      return [...(await readdir(folder)), ...(await processesOn(folder)).map(({ command }) => command)];
    },
    processes: () => processesOn(folder),
  };
}

function spawnDemo(folder: string, args: string[]): Demo {
  const child = spawn(process.execPath, [join(root, "demo/main.ts"), ...args], {
    cwd: root,
    env: { ...programEnvironment(), TMPDIR: folder, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed.err += text;
  });
  const closed = once(child, "close");
  return {
    child,
    out: () => printed.out,
    err: () => printed.err,
    async untilPrinted(words) {
      while (!printed.out.includes(words)) {
        if (child.exitCode !== null) throw new Error(`the demo ended early:\n${printed.out}\n${printed.err}`);
        await wait(20);
      }
    },
    async exit() {
      await closed;
      return child.exitCode;
    },
  };
}

/** The processes whose command line or environment names a folder; nothing where the system doesn't tell. */
async function processesOn(folder: string): Promise<{ pid: number; command: string }[]> {
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const read = (file: string) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
      const [command, environment] = await Promise.all([read("cmdline"), read("environ")]);
      return { pid: Number(id), command: command.replaceAll("\0", " "), environment };
    }),
  );
  return found.filter(({ command, environment }) => command !== "" && `${command}${environment}`.includes(folder));
}

/** A repository to give to the demo, made by git itself. */
export function makeRepository(path: string, branch = "trunk"): void {
  const git = (...args: string[]) =>
    runGit("-C", path, "-c", "user.name=Rosa", "-c", "user.email=rosa@example.com", ...args);
  runGit("init", "--quiet", `--initial-branch=${branch}`, path);
  git("commit", "--quiet", "--allow-empty", "--message=First");
  git("tag", "v1");
}

export function runGit(...args: string[]): string {
  return execFileSync("git", args, { env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null" } }).toString();
}
