import { expect, test } from "vitest";
import { committer, tokensAtGithub } from "../harness/people.ts";
import type { Sample } from "../harness/sample/use-sample.ts";
import { type Stage, visit } from "./stage.ts";

/** What admins do, in a real browser. */
export function adminJourneys(stage: Stage, sample: Sample): void {
  test("an admin finds somebody's account and revokes it: no bot acts as them any more", async () => {
    const { stack, browsers } = sample;
    const person = await committer(stack);
    expect((await person.commit()).status).toBe(201);
    await visit(
      stage,
      async (tab) => {
        await tab.goto(`${stack.url}/accounts`);
        await tab.getByRole("link", { name: "Admin" }).click();
        await tab.goto(`${stack.url}/admin/accounts`);
        await tab.getByRole("searchbox", { name: "Login begins with" }).fill(person.login);
        await tab.getByRole("button", { name: "Search" }).click();
        await tab.getByRole("button", { name: "Revoke" }).click();
        await tab.waitForURL("**/admin/accounts?done=done");
      },
      { from: { browser: browsers.admin, url: stack.url } },
    );
    expect((await person.commit()).body).toMatchObject({ code: "account_revoked" });
    expect(tokensAtGithub(stack, person.login)).toBeNull();
  });
}
