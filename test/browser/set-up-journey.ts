import { expect, test } from "vitest";
import { startSetupStack } from "../harness/setup.ts";
import { looksRight } from "./looks-right.ts";
import { type Stage, visit } from "./stage.ts";

/** From the link in the terminal to onbehalf's first page. */
export function setUpJourney(shared: Stage): void {
  test("an operator follows the link, has GitHub create the app, and starts onbehalf", async () => {
    const stack = await startSetupStack();
    try {
      const stage = { chromium: shared.chromium, origins: () => [stack.setup.url, stack.sandbox.webUrl] };
      await visit(stage, async (tab, context) => {
        await tab.goto(stack.setup.link);
        await looksRight(tab);
        await tab.getByRole("radio", { name: "An organisation" }).check();
        await tab.getByRole("radio", { name: "Only me" }).check();
        await tab.getByRole("button", { name: "Go on" }).click();
        await tab.locator("[aria-invalid=true]").waitFor();
        await looksRight(tab);
        await tab.getByRole("radio", { name: "My own account" }).check();
        await tab.getByRole("button", { name: "Go on" }).click();
        await tab.getByRole("heading", { name: "Create the GitHub App", level: 1 }).waitFor();
        await looksRight(tab);
        await tab.getByRole("button", { name: "Go to GitHub and create it" }).click();
        await tab.locator('input[name=login][value="ada"]').check();
        await tab.getByRole("button", { name: "Create GitHub App" }).click();
        await tab.getByRole("heading", { name: "Set-up is done" }).waitFor();
        await looksRight(tab);
        const started = context.waitForEvent("page");
        await tab.getByRole("button", { name: "Go on" }).click();
        await (await started).getByText("onbehalf runs").waitFor();
        expect(stack.takeovers).toHaveLength(1);
      });
    } finally {
      await stack.stop();
    }
  });
}
