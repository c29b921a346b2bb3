import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { nginxInstalled } from "../harness/programs.ts";
import { type ReplicaProcess, startReplicaProcess } from "../harness/replica-process.ts";
import { useStack } from "../harness/use-stack.ts";

const asRoot = process.getuid?.() === 0;
const deploy = fileURLToPath(new URL("../../deploy/", import.meta.url));

describe.skipIf(!nginxInstalled)("nginx with deploy/nginx.conf before two replicas", () => {
  const stack = useStack();
  let folder: string;
  let url: string;
  let nginx: ChildProcess;
  let other: ReplicaProcess;
  let said = "";

  beforeAll(async () => {
    other = await startReplicaProcess(stack);
    folder = await mkdtemp(join(tmpdir(), "onbehalf-nginx-"));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    // Where things are on this machine, and nothing else.
    const conf = (await readFile(join(deploy, "nginx.conf"), "utf8"))
      .replaceAll("/tmp/", `${folder}/`)
      .replace("listen 8080", `listen 127.0.0.1:${port}`);
    const upstream = (await readFile(join(deploy, "upstream.conf"), "utf8"))
      .replace(/^resolver .*\n/m, "")
      .replace(/^ {2}server app:3000 resolve (.*);$/m, (_line, how) =>
        [stack.url, other.url].map((replica) => `  server ${new URL(replica).host} ${how};`).join("\n"),
      );
    expect(upstream.match(/server 127/g)).toHaveLength(2);
    await writeFile(join(folder, "nginx.conf"), conf);
    await writeFile(join(folder, "upstream.conf"), upstream);
    nginx = spawn(
      "nginx",
      ["-p", folder, "-c", join(folder, "nginx.conf"), "-g", asRoot ? "daemon off; user root;" : "daemon off;"],
      {
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    nginx.stderr?.on("data", (piece) => {
      said += piece;
    });
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 10_000);
  });
  afterAll(async () => {
    nginx.kill("SIGTERM");
    if (nginx.exitCode === null) await once(nginx, "exit");
    await other.kill();
    await rm(folder, { recursive: true, force: true });
    expect(said).not.toContain("[emerg]");
  });

  test("both replicas serve, and each knows who really asks", async () => {
    const { key } = await stack.bot("balanced-bot");
    await stack.connect("ada");
    await stack.delegate("gh.583231", "balanced-bot", ["acme/site"]);
    const before = stack.log.length;
    for (let turn = 0; turn < 6; turn++) {
      const changes = [{ path: `file-${turn}.txt`, content: "x".repeat(300_000) }];
      expect((await stack.commit(key, { changes }, { url })).status).toBe(201);
    }
    const here = stack.log.slice(before).filter((line) => line.includes('"path":"/api/v1/commits"')).length;
    expect(here).toBeGreaterThan(0);
    expect(here).toBeLessThan(6);
    // Loopback by its socket, and not for whom it asks.
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  test("an address goes on as it was sent", async () => {
    const { key } = await stack.bot("reads-addresses");
    const answer = await stack.call("GET", "/api/v1/users/ext.a%2Fb/accounts?x=%2F..%2F", { key, url });
    expect([answer.status, answer.body.code]).toEqual([403, "key_kind"]);
  });

  test("when one replica is gone nobody notices", async () => {
    await other.kill();
    const look = async () => (await fetch(`${url}/readyz`)).status;
    const answers = await Promise.all(Array.from({ length: 20 }, look));
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});
