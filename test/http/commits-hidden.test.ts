import { beforeAll, describe, expect, test } from "vitest";
import { newcomer } from "../harness/people.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["*"], [], ["commit", "workflows"]);
});

describe.each(["some", "all"] as const)("where the app has %s of an owner's repositories", (extent) => {
  test.each(["user", "app", "user-or-app"])("a bot can't tell a hidden one from none, as %s", async (attribution) => {
    const { login } = newcomer(stack);
    const names = ["covered", "other", "nothing"].map((name) => `${login}/${name}`);
    const [covered = "", other = ""] = names;
    for (const name of [covered, other]) await stack.sandbox.addRepository(name, { private: true, files: { a: "1" } });
    stack.sandbox.setInstallation(login, extent === "all" ? "all" : [covered]);
    const script = { path: "run", content: "", mode: "100755" };
    for (const change of [
      {},
      { branch: "new", base: "main" },
      { changes: [script], require_verified: false },
      // Whether the app has a permission there is nobody's business either.
      { changes: [{ path: ".github/workflows/ci.yml", content: "" }] },
    ]) {
      const seen = [];
      for (const repository of names) {
        const { status, body } = await stack.commit(key, { repository, attribution, ...change });
        seen.push(JSON.stringify({ status, ...body }).replaceAll(repository, "NAME"));
      }
      expect(new Set(seen).size, seen.join("\n")).toBe(1);
      expect(seen[0]).toContain(extent === "all" ? '"repository_not_found"' : '"app_not_installed"');
    }
  });
});
