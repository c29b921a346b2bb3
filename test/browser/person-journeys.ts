import { expect, test } from "vitest";
import { committer, newcomer, tokensAtGithub } from "../harness/people.ts";
import type { Sample } from "../harness/sample/use-sample.ts";
import { accountOf } from "../harness/stored.ts";
import { connectGithub, signIn } from "./at-github.ts";
import { looksRight } from "./looks-right.ts";
import { type Stage, visit } from "./stage.ts";

const disconnect = { name: "Disconnect GitHub", exact: true };

/** What people do, in a real browser. */
export function personJourneys(stage: Stage, sample: Sample): void {
  test.each([true, false])("a person connects, permits a bot, ends that and leaves; scripts: %s", (javaScriptEnabled) =>
    visit(
      stage,
      async (tab) => {
        const { stack } = sample;
        const { login, id } = newcomer(stack);
        const repository = `${login}/notes`;
        await stack.sandbox.addRepository(repository, { files: { "README.md": "Notes\n" } });
        stack.sandbox.setInstallation(login, "all");
        const bot = await stack.bot(`helper-of-${login}`);
        const commit = (path: string) =>
          stack.commit(bot.key, { user: `gh.${id}`, repository, changes: [{ path, content: "hello\n" }] });

        await signIn(tab, stack.url, login);
        await connectGithub(tab, stack.url, login);
        expect(await tab.locator("main").innerText()).toContain(`GitHub · @${login}`);

        const refused = await commit("before.txt");
        expect(refused.body.code).toBe("delegation_required");
        await tab.goto(String(refused.body.action_url));
        expect(await tab.getByRole("heading", { level: 2 }).first().innerText()).toBe(`${bot.name} asks to act as you`);
        await tab.getByRole("button", { name: "Let the bot act as you" }).click();
        expect((await commit("permitted.txt")).status).toBe(201);

        await tab.goto(`${stack.url}/activity`);
        expect(await tab.locator("main").innerText()).toContain(repository);

        await tab.goto(`${stack.url}/permissions`);
        const permission = tab.getByRole("listitem").filter({ hasText: bot.name });
        await permission.getByRole("button", { name: "End", exact: true }).click();
        await tab.waitForURL(`${stack.url}/permissions?done=ended`);
        expect(await permission.count()).toBe(0);
        expect((await commit("ended.txt")).body.code).toBe("delegation_required");

        await tab.goto(`${stack.url}/accounts`);
        await tab.getByRole("button", disconnect).click();
        await tab.waitForURL(`${stack.url}/accounts?done=done&provider=github`);
        expect(tokensAtGithub(stack, login)).toBeNull();

        await tab.getByRole("button", { name: "Sign out" }).click();
        await tab.goto(`${stack.url}/accounts`);
        await tab.getByRole("button", { name: "Sign in with GitHub" }).waitFor();
      },
      { javaScriptEnabled },
    ),
  );

  test("a person who refuses at GitHub reads what to do, and nothing is connected", () =>
    visit(stage, async (tab) => {
      const { stack } = sample;
      const { login, id } = newcomer(stack);
      await signIn(tab, stack.url, login);
      await tab.getByRole("button", { name: "Connect GitHub", exact: true }).click();
      await tab.getByRole("button", { name: "Cancel" }).click();
      await tab.waitForURL(`${stack.url}/connect/github/callback?**`);
      expect(await tab.locator("main").innerText()).toContain("consent_refused");
      await looksRight(tab);
      const { body } = await stack.call("GET", `/api/v1/users/gh.${id}/accounts`, { key: sample.bots.platform.key });
      expect(body.items).toEqual([]);
    }));

  test("a person has themselves erased, once they have written that they mean it", () =>
    visit(stage, async (tab) => {
      const { stack } = sample;
      const person = await committer(stack);
      await signIn(tab, stack.url, person.login);
      await tab.getByRole("link", { name: "have yourself removed" }).click();
      const confirm = tab.getByRole("textbox", { name: "Confirm" });
      await confirm.fill("somebody else");
      await tab.getByRole("button", { name: "Erase me" }).click();
      await tab.getByText("Nothing was erased").waitFor();
      await looksRight(tab);
      expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active" });
      await confirm.fill(person.login);
      await tab.getByRole("button", { name: "Erase me" }).click();
      await tab.getByRole("heading", { name: "You were erased" }).waitFor();
      await looksRight(tab);
      expect((await person.commit()).body).toMatchObject({ code: "user_not_found" });
      await tab.goto(`${stack.url}/accounts`);
      await tab.getByRole("button", { name: "Sign in with GitHub" }).waitFor();
    }));

  test("a form that is sent with what can't be is shown again, with what was entered and what is wrong", () =>
    visit(stage, async (tab) => {
      const { stack } = sample;
      const { browser } = await committer(stack);
      await tab
        .context()
        .addCookies([{ name: "onbehalf", value: browser.cookies(stack.url).split("=")[1] ?? "", url: stack.url }]);
      await tab.goto(`${stack.url}/permissions`);
      await tab.getByRole("combobox", { name: "Bot" }).selectOption({ label: "docs-bot" });
      await tab.getByRole("textbox", { name: "Repositories" }).fill("nonsense");
      await tab.getByRole("checkbox").first().check();
      await tab.getByRole("button", { name: "Let the bot act as you" }).click();
      await tab.locator("[aria-invalid=true]").waitFor();
      expect(await tab.getByRole("textbox", { name: "Repositories" }).inputValue()).toBe("nonsense");
      await looksRight(tab);
    }));
}
