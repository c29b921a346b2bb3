import { Browser } from "../harness/browser.ts";

/** A person who opens the address, says who they are when GitHub asks, and leaves the page open. */
export async function visit(address: string, login: string): Promise<string> {
  const browser = new Browser();
  let page = await browser.open(address);
  for (;;) {
    const next = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&");
    if (next) page = await browser.open(new URL(next, page.url).href);
    else if (page.text.includes('value="authorize"')) {
      page = await browser.submit(page, "Authorize", { login, action: "authorize" });
    } else return page.text;
  }
}
