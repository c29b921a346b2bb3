import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { needed } from "../config/environment.ts";
import { createTestDatabase } from "../harness/database.ts";
import { programEnvironment } from "../harness/program-environment.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string) => readFile(join(root, name), "utf8");

/** Each instruction with its words, line breaks and comments taken out. */
const dockerfile = (await read("Dockerfile"))
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n/g, " ")
  .split("\n")
  .filter(Boolean)
  .map((line) => line.trim().split(/\s+/));
const last = dockerfile.slice(dockerfile.findLastIndex(([instruction]) => instruction === "FROM"));
const wordsOf = (instruction: string, from = last) =>
  from.filter(([name]) => name === instruction).map(([, ...words]) => words);

/** What the image has of this repository. */
const copied = wordsOf("COPY").flatMap((words) => (words[0]?.startsWith("--from") ? [] : words.slice(0, -1)));

const { packages }: { packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }> } =
  JSON.parse(await read("package-lock.json"));
/** What `npm ci --omit=dev --omit=optional` installs, without what the Dockerfile removes again. */
const modules = Object.entries(packages)
  .filter(([path, { dev, optional, devOptional }]) => path !== "" && !dev && !optional && !devOptional)
  .map(([path]) => path)
  .filter((path) => path !== "node_modules/@primer/primitives");

describe("the image", () => {
  test("is made from the Node that everything is tested with", async () => {
    const { devDependencies } = JSON.parse(await read("package.json"));
    const images = wordsOf("FROM", dockerfile).map(([image]) => image);
    expect(new Set(images)).toEqual(new Set([`node:${devDependencies.node}-bookworm-slim`]));
  });

  test("is given what it copies and nothing else: no .env, no key, no data", async () => {
    const ignore = (await read(".dockerignore")).split("\n").filter((line) => line && !line.startsWith("#"));
    expect(ignore[0]).toBe("*");
    const all = wordsOf("COPY", dockerfile).flatMap((words) => (words[0]?.startsWith("--") ? [] : words.slice(0, -1)));
    expect(ignore.slice(1)).toEqual(expect.arrayContaining([...new Set(all)].map((name) => `!${name}`)));
    expect(ignore).toHaveLength(new Set(all).size + 1);
    for (const name of all) expect(await stat(join(root, name))).toBeTruthy();
    expect(wordsOf("ARG", dockerfile)).toEqual([]);
    expect(wordsOf("ENV").flat().join(" ")).not.toMatch(/SECRET|KEY|TOKEN|PASSWORD/);
  });

  test("runs as nobody in particular, looks after its health, and can't build anything", () => {
    expect(wordsOf("USER")).toEqual([["1000:1000"]]);
    expect(wordsOf("VOLUME")).toEqual([["/data"]]);
    expect(wordsOf("HEALTHCHECK").flat().join(" ")).toContain("/healthz");
    expect(wordsOf("RUN").flat()).toEqual(expect.arrayContaining(["git", "/usr/local/bin/npm"]));
    expect(wordsOf("RUN").flat().join(" ")).not.toMatch(/\bnpm (ci|install)\b|build-essential|python/);
  });

  test("starts from just these files and modules, as another account that may write nowhere but to its data", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onbehalf-image-"));
    const [data, database, port] = [
      await mkdtemp(join(tmpdir(), "onbehalf-data-")),
      await createTestDatabase(),
      await freePort(),
    ];
    try {
      const copies = spawnSync("cp", ["-RL", "--parents", ...copied, ...outermost(modules), folder], { cwd: root });
      expect(copies.stderr.toString()).toBe("");
      const asRoot = process.getuid?.() === 0;
      // The other account may have no way to the folder that Node lies in here.
      const node = asRoot ? join(folder, "node") : process.execPath;
      if (asRoot) await copyFile(process.execPath, node);
      if (!asRoot) spawnSync("chmod", ["-R", "a-w", folder]);
      await Promise.all([chmod(folder, 0o555), chmod(data, 0o777)]);
      const [command = "", ...args]: string[] = JSON.parse(wordsOf("ENTRYPOINT").flat().join(" "));
      expect(command).toBe("node");
      const child = spawn(node, [...args, ...JSON.parse(wordsOf("CMD").flat().join(" "))], {
        cwd: folder,
        ...(asRoot ? { uid: 65_534, gid: 65_534 } : {}),
        env: {
          ...programEnvironment(),
          ...Object.fromEntries(
            wordsOf("ENV")
              .flat()
              .map((word) => word.split("=")),
          ),
          ...needed,
          DATABASE_URL: database.url,
          DATA_DIR: data,
          HOME: data,
          HOST: "127.0.0.1",
          PORT: String(port),
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (output += piece));
      const ended = once(child, "exit");
      const listening = new Promise<string>((resolve) => {
        child.stdout.on("data", () => output.includes("onbehalf is listening") && resolve("listening"));
      });
      expect(await Promise.race([listening, ended.then(() => output)])).toBe("listening");
      const url = `http://127.0.0.1:${port}`;
      for (const path of ["/readyz", "/", "/static/primer/primitives.css", "/metrics"]) {
        expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
      }
      const health = wordsOf("HEALTHCHECK").flat().join(" ");
      const check: string[] = JSON.parse(health.slice(health.indexOf("[")));
      const checked = spawn(process.execPath, check.slice(1), { env: { PORT: String(port) } });
      expect((await once(checked, "exit"))[0]).toBe(0);
      child.kill("SIGTERM");
      expect((await ended)[0]).toBe(0);
    } finally {
      await database.drop();
      spawnSync("chmod", ["-R", "u+w", folder]);
      await Promise.all([folder, data].map((path) => rm(path, { recursive: true, force: true })));
    }
  });
});

/** Without those that come along in another one's folder. */
function outermost(paths: string[]): string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

describe("compose.yaml", async () => {
  const { services, volumes, networks } = parse(await read("compose.yaml"));

  test("has two replicas that may write to their volume alone, a PostgreSQL and a load balancer", () => {
    expect(Object.keys(services)).toEqual(["app", "postgres", "balancer"]);
    const { app, balancer } = services;
    expect(app.deploy.replicas).toBe(2);
    for (const service of [app, balancer]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    }
    expect(app.volumes).toEqual(["data:/data"]);
    expect(Object.keys(volumes)).toEqual(["data", "database"]);
    expect(balancer.ports).toEqual([expect.stringMatching(/:-127\.0\.0\.1:8080\}:8080$/)]);
    expect([app.ports, services.postgres.ports]).toEqual([undefined, undefined]);
  });

  test("believes the balancer, and nobody else, about addresses", () => {
    const address = services.balancer.networks.inside.ipv4_address;
    expect(services.app.environment.TRUST_PROXY).toBe(address);
    expect(networks.inside.ipam.config[0].subnet).toBe(address.replace(/\d+$/, "0/24"));
  });

  test("holds no secret: they come from .env", async () => {
    expect(services.app.env_file).toBe(".env");
    expect((await read("compose.yaml")).match(/PASSWORD: (.*)/)?.[1]).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
    expect(services.app.environment.DATABASE_URL).toContain(":${POSTGRES_PASSWORD:?");
    for (const line of services.balancer.volumes) expect(await stat(join(root, line.split(":")[0]))).toBeTruthy();
  });
});
