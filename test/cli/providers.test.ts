import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkProviders } from "../../src/actions/providers/check-providers.ts";
import { builtIn } from "../../src/config/providers-file/entry.ts";
import { needed } from "../config/environment.ts";
import { duringFile } from "../harness/during-file.ts";
import { acmeEntry, notesEntry, useFileProviders } from "../harness/file-providers.ts";
import { onbehalf } from "./onbehalf.ts";

const file = useFileProviders({ acme: "  sign_in: true\n" });
const folder = duringFile(
  async () => ({ path: await mkdtemp(join(tmpdir(), "onbehalf-providers-check-")) }),
  ({ path }) => rm(path, { recursive: true }),
);
const log = { warn: () => undefined };

/** What is found about one provider of a file that a test writes. */
async function find(entry: string, environment: Record<string, string> = {}) {
  const path = join(folder.path, "providers.yaml");
  await writeFile(path, entry);
  const all = { ...file.stack.environment, PROVIDERS_FILE: path, ...environment };
  const id = entry.slice(0, entry.indexOf(":"));
  const { ok, providers } = await checkProviders({ fetch, log }, { environment: all, only: id });
  const checks = providers.flatMap((provider) => provider.checks);
  const said = (check: string) =>
    checks.filter(({ id: one }) => one === check).map(({ status, says }) => [status, says]);
  return { ok, said, repairs: checks.flatMap(({ repair }) => repair ?? []).join("\n") };
}

describe("onbehalf providers check", () => {
  test("tells of every provider what to register, and that all is well", async () => {
    const { code, out } = await onbehalf(["providers", "check", "--json"], {
      cwd: folder.path,
      env: file.stack.environment,
    });
    const report = JSON.parse(out);
    expect(report.providers.map(({ id }: { id: string }) => id)).toEqual(["github", "acme", "notes"]);
    const { url } = file.stack;
    expect(report.providers).toMatchObject([
      { from: "onbehalf", hook_urls: [`${url}/api/github/webhooks`], callback_url: `${url}/connect/github/callback` },
      { from: "the providers file", sign_in: true, callback_url: `${url}/connect/acme/callback` },
      { sign_in: false, hook_urls: [], scopes: { required: ["notes:write"] } },
    ]);
    const statuses = report.providers.flatMap(({ checks }: { checks: { status: string }[] }) =>
      checks.map(({ status }) => status),
    );
    expect(statuses).toEqual(Array(12).fill("ok"));
    expect([code, report.ok]).toEqual([0, true]);
  });

  test("says in words what is wrong with one, with exit status 1", async () => {
    const path = join(folder.path, "wrong.yaml");
    await writeFile(path, acmeEntry(file.openid.issuer.replace("127.0.0.1", "localhost")));
    const env = { ...file.stack.environment, PROVIDERS_FILE: path };
    const { code, out } = await onbehalf(["providers", "check", "acme"], { cwd: folder.path, env });
    expect(out).toContain(`callback URL to register: ${file.stack.url}/connect/acme/callback`);
    expect(out).toMatch(
      /failure {2}authorize {3}Acme can't be used: .*its issuer is another one than http:\/\/localhost/,
    );
    expect(out).toContain("→ Correct the issuer");
    expect(code).toBe(1);
  });

  test("names every fault of the file, and the variable that is missing", async () => {
    const env = { ...file.stack.environment, SECRET: "" };
    const { code, out } = await onbehalf(["providers", "check", "--json"], { cwd: folder.path, env });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      faults: [
        expect.stringContaining("acme.client_secret_env: names SECRET, which is not in the environment."),
        expect.stringContaining("notes.client_secret_env: names SECRET, which is not in the environment."),
      ],
    });
    expect(code).toBe(1);
  });

  test("looks at every provider that onbehalf has itself, also when none can be reached", async () => {
    const app = Object.entries(needed).map(([name, value]) => [`GITHUB_LITE_${name.replace("GITHUB_", "")}`, value]);
    const ids = Object.fromEntries(["GOOGLE", "AMOCRM"].map((name) => [`${name}_CLIENT_ID`, `an id of ${name}`]));
    const secrets = Object.fromEntries(["GOOGLE", "AMOCRM"].map((name) => [`${name}_CLIENT_SECRET`, "some secret"]));
    const lite = { ...Object.fromEntries(app), GITHUB_LITE_APP_ID: "54321", GITHUB_LITE_GITHUB_CLIENT_ID: "another" };
    const environment = { ...needed, ...lite, GITHUB_LITE_CLIENT_ID: "another", ...ids, ...secrets };
    const away: typeof fetch = async () => {
      throw new Error("no network");
    };
    const { ok, providers } = await checkProviders({ fetch: away, log }, { environment, only: null });
    expect(providers.map(({ id }) => id).sort()).toEqual(builtIn.toSorted());
    expect(ok).toBe(false);
    for (const { checks } of providers) expect(checks.map(({ status }) => status)).toContain("failure");
  });

  test("knows no provider that isn't there", async () => {
    const options = { environment: file.stack.environment, only: "acne" };
    await expect(checkProviders({ fetch, log }, options)).rejects.toThrow('No provider is called "acne"');
  });

  test.each([acmeEntry, notesEntry])("tells a wrong secret from a wrong client id or callback URL", async (entry) => {
    const wrong = "something else entirely";
    const secret = await find(entry(file.openid.issuer), { SECRET: wrong });
    expect(secret).toMatchObject({ ok: false });
    expect(secret.said("client")).toEqual([["failure", expect.stringContaining('("invalid_client")')]]);
    expect(secret.said("page")).toEqual([["ok", expect.any(String)]]);
    expect(JSON.stringify(secret)).not.toContain(wrong);

    const elsewhere = await find(entry(file.openid.issuer), { PUBLIC_URL: "https://other.example" });
    expect(elsewhere.said("page")).toEqual([["failure", expect.stringContaining("answers 400")]]);
    expect(elsewhere.repairs).toContain("register https://other.example/connect/");
  });

  test("tells who can't be reached, and who can't revoke", async () => {
    const away = await find(acmeEntry("http://127.0.0.1:1"));
    expect(away.said("authorize")).toEqual([["failure", expect.stringContaining("did not answer")]]);
    const entry = notesEntry(file.openid.issuer).replace(/ {2}revocation:.*\n/, "");
    const { said } = await find(entry);
    expect(said("revocation")).toEqual([["ok", expect.stringContaining(`the person is shown ${file.openid.issuer}`)]]);
  });
});
