import type { BrowserContextOptions, Page as Tab } from "playwright-core";
import { startSetupStack } from "../harness/setup.ts";
import { type Stage, visit } from "./stage.ts";

/**
 * From the link in the terminal to onbehalf's first page, with a wrong answer on the way.
 * @param look is shown each of set-up's pages
 * @returns how often onbehalf was started for real
 */
export async function walkSetUp(
  { chromium }: Stage,
  look: (tab: Tab, name: string) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<number> {
  const stack = await startSetupStack();
  const stage = { chromium, origins: () => [stack.setup.url, stack.sandbox.webUrl] };
  const walk = async (tab: Tab) => {
    const goOn = tab.getByRole("button", { name: "Go on" });
    await tab.goto(stack.setup.link);
    await look(tab, "set-up-questions");
    await tab.getByRole("radio", { name: "An organisation" }).check();
    await tab.getByRole("radio", { name: "Only me" }).check();
    await goOn.click();
    await tab.locator("[aria-invalid=true]").waitFor();
    await look(tab, "set-up-faults");
    await tab.getByRole("radio", { name: "My own account" }).check();
    await goOn.click();
    await tab.getByRole("heading", { name: "Create the GitHub App", level: 1 }).waitFor();
    await look(tab, "set-up-create");
    await tab.getByRole("button", { name: "Go to GitHub and create it" }).click();
    await tab.locator('input[name=login][value="ada"]').check();
    await tab.getByRole("button", { name: "Create GitHub App" }).click();
    await tab.getByRole("heading", { name: "Set-up is done" }).waitFor();
    await look(tab, "set-up-done");
    const started = tab.context().waitForEvent("page");
    await goOn.click();
    await (await started).getByText("onbehalf runs").waitFor();
  };
  try {
    await visit(stage, walk, options);
    return stack.takeovers.length;
  } finally {
    await stack.stop();
  }
}
