import { readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { startOpenidProvider } from "../../../sandbox/openid/index.ts";
import { duringFile } from "../../harness/during-file.ts";
import { startStack } from "../../harness/stack.ts";
import { describeProvider } from "./describe-provider.ts";
import { createNotes } from "./notes.ts";
import { openidSubject } from "./openid-subject.ts";

const client = { clientId: "notes-client", clientSecret: "a secret", redirectUris: ["http://127.0.0.1/later"] };

const started = duringFile(
  async () => {
    // oidc-provider warns of what it is told on purpose.
    for (const level of ["warn", "info"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
    const openid = await startOpenidProvider({ shape: "generic", clients: [client] });
    const providers = [createNotes({ fetch }, { ...client, webUrl: openid.issuer })];
    const stack = await startStack({ providers });
    openid.setRedirectUris(client.clientId, [`${stack.url}/connect/notes/callback`]);
    return { openid, stack, providers };
  },
  async ({ openid, stack }) => {
    await stack.stop();
    await openid.close();
    vi.restoreAllMocks();
  },
);

test("CONTRIBUTING shows this provider, to the letter", async () => {
  const [page, written] = await Promise.all(
    ["../../../CONTRIBUTING.md", "./notes.ts"].map((path) => readFile(new URL(path, import.meta.url), "utf8")),
  );
  const asInPlace = written?.replaceAll("../../../src/providers/", "./") ?? "";
  expect(page).toContain(`\`\`\`ts\n${asInPlace}\`\`\``);
  expect(asInPlace.split("\n").length).toBeLessThanOrEqual(80);
});

describeProvider("the provider that CONTRIBUTING shows", () => ({
  ...openidSubject(started.stack, started.openid, {
    provider: "notes",
    clientId: client.clientId,
    refusableScope: "notes:write",
    rotation: {
      set(on) {
        started.openid.switches.rotation = on;
      },
    },
  }),
  providers: started.providers,
}));
