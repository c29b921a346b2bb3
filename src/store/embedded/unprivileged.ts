import { type ChildProcess, execFile, type StdioOptions, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Account } from "./database-account.ts";
import { EmbeddedError } from "./embedded-error.ts";

/** How PostgreSQL's programs are started here: as which account, and behind which command. */
export interface Launch {
  account: Account | null;
  prefix: string[];
}

/**
 * Finds a way to run the programs as `account`.
 *
 * A clone below a folder with mode 0700 (such as /root) can't be reached by another account. Then `setpriv` gives the
 * programs the one capability to look past that (CAP_DAC_READ_SEARCH). `no_setuid_fixup` is needed with it: PostgreSQL
 * checks its own path with access(2), which otherwise ignores the capabilities of everybody but root.
 */
export async function planLaunch(
  deps: { log: (line: string) => void },
  options: { account: Account | null; folder: string; program: string },
): Promise<Launch> {
  const { account, folder, program } = options;
  if (!account) return { account, prefix: [] };
  const barrier = (await firstBarrier(program, account)) ?? (await firstBarrier(folder, account));
  if (!barrier) return { account, prefix: [] };
  const capability = "+dac_read_search";
  const prefix = [
    ...["setpriv", "--securebits", "+no_setuid_fixup"],
    ...["--reuid", String(account.uid), "--regid", String(account.gid), "--clear-groups"],
    ...[`--inh-caps=${capability}`, `--ambient-caps=${capability}`, "--"],
  ];
  const launch = { account, prefix };
  try {
    // Through a shell, because setpriv itself still has root's capabilities when it starts a program, and initdb, which
    // starts others in its turn, has not.
    await runProgram(launch, "/bin/sh", ["-c", 'exec "$0" --version', program]);
  } catch (cause) {
    const runnable = ((await stat(program)).mode & 1) === 1;
    const repair = runnable ? `chmod a+x ${barrier}` : `chmod -R a+rX ${dirname(dirname(program))}`;
    throw new EmbeddedError(
      "embedded_unreachable",
      `PostgreSQL runs as the account with uid ${account.uid}, which may not enter or run ${barrier}, and setpriv ` +
        `(util-linux) could not lift that. Allow it (${repair}), run onbehalf as an ordinary user, move it to a folder ` +
        "that other accounts can enter, or set DATABASE_URL to a PostgreSQL of your own.",
      { cause },
    );
  }
  deps.log(`${barrier} is closed to uid ${account.uid}: PostgreSQL runs with the capability dac_read_search`);
  return launch;
}

/** The outermost of `path` and the folders above it that `account` may not enter (or run), or null. */
async function firstBarrier(path: string, account: Account): Promise<string | null> {
  const parent = dirname(path);
  if (parent !== path) {
    const outer = await firstBarrier(parent, account);
    if (outer) return outer;
  }
  const { uid, gid, mode } = await stat(path);
  const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
  return (bits & 1) === 1 ? null : path;
}

/** Runs one of PostgreSQL's programs to its end; what it says on failure is on the error. */
export async function runProgram(launch: Launch, program: string, args: string[]): Promise<void> {
  const { command, rest } = commandLine(launch, program, args);
  await promisify(execFile)(command, rest, surroundings(launch));
}

/** Starts a program that outlives the call, in a session of its own: a Ctrl-C for us must not reach it. */
export function spawnProgram(launch: Launch, program: string, args: string[], stdio: StdioOptions): ChildProcess {
  const { command, rest } = commandLine(launch, program, args);
  return spawn(command, rest, { ...surroundings(launch), stdio, detached: true });
}

function commandLine(launch: Launch, program: string, args: string[]) {
  const [command = program, ...rest] = [...launch.prefix, program, ...args];
  return { command, rest };
}

function surroundings(launch: Launch) {
  return {
    // Our own environment holds secrets, and PG* variables would change what the programs do.
    env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" },
    cwd: dirname(process.execPath).startsWith("/") ? "/" : undefined,
    windowsHide: true,
    // setpriv must start as root to be able to hand a capability on.
    ...(launch.account && launch.prefix.length === 0 ? launch.account : {}),
  };
}
