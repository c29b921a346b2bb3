import type { BrowserContext, ConsoleMessage, Request } from "playwright-core";

/**
 * Notes what no page of ours may do in a browser: break the Content-Security-Policy or say anything else on the console,
 * throw, load what is not there, or ask a server that isn't among `origins`.
 */
export function watchFaults(context: BrowserContext, origins: readonly string[]): string[] {
  const faults: string[] = [];
  context.on("console", (message) => {
    if (isFault(message)) faults.push(`${message.type()} on ${pathOf(message.location().url)}: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`thrown on ${error.page()?.url()}: ${error.error().message}`));
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && !origins.includes(origin)) faults.push(`a request to ${origin}`);
  });
  context.on("response", (response) => {
    const request = response.request();
    if (response.status() >= (isPage(request) ? 500 : 400)) faults.push(`${response.status()} for ${request.url()}`);
  });
  return faults;
}

/** A page may be a refusal on purpose, which the console mentions, too; responses tell the others. */
function isFault(message: ConsoleMessage): boolean {
  return ["error", "warning"].includes(message.type()) && !message.text().startsWith("Failed to load resource");
}

function isPage(request: Request): boolean {
  return request.resourceType() === "document";
}

function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? url;
}
