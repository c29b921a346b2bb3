import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appControls } from "./app-controls.ts";
import { readLooseRef } from "./git/read-loose-ref.ts";
import { isRefName } from "./git/ref-name.ts";
import { gitEnvironment } from "./git/run-git.ts";
import { buildServer } from "./http/build-server.ts";
import { Faults } from "./http/faults.ts";
import type { RecordedRequest } from "./http/request-log.ts";
import { reservePort } from "./http/reserve-port.ts";
import type { Sandbox, SandboxOptions } from "./sandbox.ts";
import { defaultSeed } from "./seed.ts";
import { addComment } from "./world/add-comment.ts";
import { addRepository } from "./world/add-repository.ts";
import { buildWorld } from "./world/build-world.ts";
import { changePerson } from "./world/change-person.ts";
import { changeRepository, renameRepository } from "./world/change-repository.ts";
import { newAppKeys } from "./world/register-app.ts";

export type { Fault, FaultMatch } from "./http/faults.ts";
export type { RecordedRequest } from "./http/request-log.ts";
export type { AppControls, Sandbox, SandboxOptions } from "./sandbox.ts";
export { defaultSeed, type Seed } from "./seed.ts";
export { defaultSwitches, type Switches } from "./switches.ts";
export type { DeliveryRecord } from "./webhooks/webhooks.ts";
export type { Organization, Person } from "./world/people.ts";
export { newAppKeys } from "./world/register-app.ts";
export type { Permission, RepositoryOptions } from "./world/repositories.ts";

const HOST = "127.0.0.1";

/** Starts a GitHub of our own on a loopback port. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const reserved = options.port ? null : await reservePort(HOST);
  const port = reserved?.port ?? options.port ?? 0;
  const apiPath = options.apiPath ?? "/api/v3";
  const web = `http://${HOST}:${port}`;
  const graphql = apiPath === "" ? `${web}/graphql` : `${web}/api/graphql`;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "sandbox-github-")));
  await mkdir(dataDir, { recursive: true });
  const world = await buildWorld(options.seed ?? defaultSeed, {
    addresses: { web, api: web + apiPath, graphql, apiPath },
    dataDir,
    switches: options.switches ?? {},
    app: options.app ?? true,
    appKeys: options.appKeys ?? newAppKeys(),
    secondAppKeys: options.secondApp ? (options.secondAppKeys ?? newAppKeys()) : null,
  });
  const log: RecordedRequest[] = [];
  const faults = new Faults(apiPath, () => {
    for (const one of world.apps) one.badCredentials = 0;
  });
  const server = await buildServer(world, { log, faults, latencyMs: options.latencyMs ?? 0 });
  const close = async () => {
    for (const { webhooks } of world.apps) await webhooks.settled();
    await server.close();
    await Promise.all(world.repositories.list().map(({ git }) => git.close()));
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  await reserved?.release();
  try {
    await server.listen({ host: HOST, port });
  } catch (error) {
    await close();
    throw error;
  }

  const [, second] = world.apps;
  return {
    ...appControls(world),
    second: second ? appControls(second) : null,
    webUrl: web,
    apiUrl: world.addresses.api,
    requests: log,
    faults,
    switches: world.switches,
    signingPublicKey: world.signingKey.publicLine,
    issuedTokens: () =>
      world.apps.flatMap(({ userTokens, installationTokens, codes }) =>
        [userTokens, installationTokens, codes].flatMap((kind) => kind.issued()),
      ),
    settled: async () => {
      for (const { webhooks } of world.apps) await webhooks.settled();
    },
    ageCodes: (milliseconds) => world.codes.age(milliseconds),
    ageRegistrations: (milliseconds) => world.registrations.age(milliseconds),
    repository: (name) => {
      const { git, defaultBranch } = world.repositories.get(name);
      return { path: git.path, head: (branch = defaultBranch) => readHead(git.path, branch) };
    },
    addRepository: (name, how) => addRepository(world, name, how),
    updateRepository: (name, change) => changeRepository(world, name, change),
    renameRepository: (name, to) => renameRepository(world, name, to),
    comment: (name, { issue, login, body, viaApp = false }) => {
      const author = { id: world.people.get(login).id, login, type: "User" as const };
      return addComment(world, world.repositories.get(name), { issue, body, author, viaApp });
    },
    comments: (name) =>
      world.repositories.get(name).comments.map(({ issue, author, body }) => ({ issue, login: author.login, body })),
    addPerson: (person) => void world.people.add(person),
    updatePerson: (login, change) => changePerson(world, login, change),
    close,
  };
}

function readHead(path: string, branch: string) {
  const ref = `refs/heads/${branch}`;
  if (!isRefName(ref)) throw new Error(`${branch} is not a branch name`);
  const loose = readLooseRef(path, ref);
  if (loose) return loose;
  const found = spawnSync("git", ["--git-dir", path, "rev-parse", "--verify", "--quiet", ref], {
    env: gitEnvironment(),
  });
  if (found.status !== 0) throw new Error(`there is no branch ${branch} in ${path}`);
  return found.stdout.toString().trim();
}
