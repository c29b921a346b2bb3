import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { explainGit, GitFailure } from "./git-failure.ts";
import { mirrorSettings, remoteSettings } from "./mirror-settings.ts";
import { type GitDeps, type GitRun, runGit } from "./run-git.ts";

export interface MirrorSource {
  /** `owner/name`, as GitHub says it now. */
  name: string;
  token: string;
  /** What HEAD leads to, where GitHub says it. */
  defaultBranch: string | null;
}

/** Bare copies of repositories, each in a folder that is named by our own id. */
export interface Mirrors {
  /**
   * Brings a mirror up to date: heads, tags and notes as they are there now, and nothing else.
   * @throws GitFailure
   */
  fetch(id: string, source: MirrorSource, signal: AbortSignal): Promise<void>;
  remove(id: string): Promise<void>;
  /** The ids of those in this data folder. */
  list(): Promise<string[]>;
}

/**
 * HEAD goes nowhere, but must be there: some answers that are no git server's count as a repository without any ref
 * (git's old "dumb" protocol), and would empty the mirror.
 */
const refspecs = ["HEAD:", ...["heads", "tags", "notes"].map((kind) => `+refs/${kind}/*:refs/${kind}/*`)];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const repositoryName = /^[A-Za-z0-9][A-Za-z0-9_-]*\/(?!\.{1,2}$)[A-Za-z0-9._-]+$/;

const fetchMs = 60 * 60 * 1000;
const shortMs = 60 * 1000;
/** So many packs gather before they are made one. */
const mostPacks = 30;
const measureEveryMs = 1_000;

/**
 * @param options.dataDir where the folder `mirrors` is made
 * @param options.serverUrl GitHub's web address, of which nothing but https is allowed (http on loopback)
 * @param options.mostBytes what one mirror may weigh
 */
export function createMirrors(
  deps: GitDeps,
  options: { dataDir: string; serverUrl: string; mostBytes: number },
): Mirrors {
  const root = resolve(options.dataDir, "mirrors");
  const protocol = new URL(options.serverUrl).protocol === "http:" ? "http" : "https";
  const folderOf = (id: string) => {
    if (!uuid.test(id)) throw new Error("a mirror is named by an id of ours");
    return join(root, `${id}.git`);
  };
  const git = async (signal: AbortSignal, args: string[], run: Partial<GitRun> = {}) => {
    const result = await runGit(deps, { args, settings: mirrorSettings, timeoutMs: shortMs, signal, ...run });
    if (result.status !== 0) throw explainGit(result.stderr);
    return result;
  };

  async function fetch(folder: string, source: MirrorSource, signal: AbortSignal): Promise<void> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const exists = await stat(join(folder, "HEAD")).then(
      () => true,
      () => false,
    );
    if (!exists) {
      await rm(folder, { recursive: true, force: true });
      await git(signal, ["init", "--quiet", "--bare", "--template=", "--", folder]);
    }
    await removeLeftovers(folder);
    const authorization = `Basic ${Buffer.from(`x-access-token:${source.token}`).toString("base64")}`;
    const url = `${options.serverUrl}/${source.name}.git`;
    const limit = limitSize(folder, options.mostBytes, signal);
    try {
      // With progress it writes often, and so ends soon when nobody reads any more because onbehalf was killed.
      const how = ["--progress", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
      const args = [`--git-dir=${folder}`, "fetch", ...how, "--no-recurse-submodules", "--end-of-options", url];
      await git(limit.signal, [...args, ...refspecs], {
        settings: [...mirrorSettings, ...remoteSettings({ serverUrl: options.serverUrl, authorization })],
        protocol,
        timeoutMs: fetchMs,
      }).catch(async (error) => {
        if (!(error instanceof GitFailure) || error.kind !== "empty") throw error;
        const { stdout } = await git(signal, [`--git-dir=${folder}`, "for-each-ref", "--count=1"]);
        if (stdout !== "") throw new GitFailure("garbled", "the server has no branch any more, and had some");
      });
      await limit.measure();
    } finally {
      limit.end();
    }
    if (source.defaultBranch !== null) {
      // A branch that git won't have as HEAD is nothing that a mirror needs.
      const head = ["symbolic-ref", "HEAD", `refs/heads/${source.defaultBranch}`];
      await git(signal, [`--git-dir=${folder}`, ...head]).catch(rethrowStopped);
    }
    const packs = (await readdir(join(folder, "objects", "pack"))).filter((name) => name.endsWith(".pack"));
    // No credential is in this one's environment.
    if (packs.length > mostPacks) {
      await git(signal, [`--git-dir=${folder}`, "gc", "--quiet"], { timeoutMs: fetchMs }).catch(rethrowStopped);
    }
  }

  return {
    async fetch(id, source, signal) {
      const folder = folderOf(id);
      if (!repositoryName.test(source.name))
        throw new GitFailure("garbled", "GitHub named a repository in no way of its own");
      try {
        await fetch(folder, source, signal);
      } catch (error) {
        if (!(error instanceof GitFailure))
          throw new GitFailure("local", "the mirror's folder can't be used", { cause: error });
        if (error.kind === "too_large") await makeSmaller(folder, options.mostBytes);
        if (error.kind !== "local") throw error;
        // What a power cut has broken is not worth mending: all of it is there to be fetched once more.
        await rm(folder, { recursive: true, force: true });
        await fetch(folder, source, signal);
      }
    },
    remove: (id) => rm(folderOf(id), { recursive: true, force: true }),
    async list() {
      const names = await readdir(root).catch(() => []);
      return names.map((name) => name.replace(/\.git$/, "")).filter((id) => uuid.test(id));
    },
  };
}

function rethrowStopped(error: unknown): void {
  if (error instanceof GitFailure && (error.kind === "stopped" || error.kind === "timed_out")) throw error;
}

/** Removes what a run that was killed has left behind; nobody else is at work here, since a lease is held. */
async function removeLeftovers(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const left = entries.filter(({ name, parentPath }) => {
    const inPack = parentPath.endsWith(join("objects", "pack"));
    return name.endsWith(".lock") || name.startsWith("tmp_objdir") || (inPack && name.startsWith("tmp_"));
  });
  for (const { name, parentPath } of left) await rm(join(parentPath, name), { recursive: true, force: true });
}

/** What was there before the run that was ended for its size may stay, where that is small enough. */
async function makeSmaller(folder: string, mostBytes: number): Promise<void> {
  await removeLeftovers(folder).catch(() => undefined);
  const size = await sizeOf(folder).catch(() => 0);
  if (size > mostBytes) await rm(folder, { recursive: true, force: true });
}

/** Measures a mirror while it grows, and ends the run when it has outgrown its limit. */
function limitSize(folder: string, mostBytes: number, outer: AbortSignal) {
  const own = new AbortController();
  const signal = AbortSignal.any([outer, own.signal]);
  const tooLarge = () =>
    new GitFailure("too_large", `the mirror would be larger than ${Math.round(mostBytes / 1024 ** 2)} MB`);
  const measure = async () => {
    if ((await sizeOf(folder)) > mostBytes) own.abort(tooLarge());
  };
  let measuring = false;
  const timer = setInterval(() => {
    if (measuring) return;
    measuring = true;
    measure()
      .catch(() => undefined)
      .finally(() => {
        measuring = false;
      });
  }, measureEveryMs);
  return {
    signal,
    async measure() {
      await measure();
      if (own.signal.aborted) throw own.signal.reason;
    },
    end: () => clearInterval(timer),
  };
}

/** What the least of files takes on a disk: a repository can have any number of branches, each a file here. */
const leastBytes = 4096;

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(({ name, parentPath }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => Math.max(size, leastBytes),
        () => 0, // it has gone meanwhile
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
