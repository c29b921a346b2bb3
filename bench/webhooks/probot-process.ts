import { pino } from "pino";
import { Probot, Server } from "probot";
import { probotOrder } from "./probot-messages.ts";

// Probot as it comes, with its own server: it stores nothing, and its handlers of onbehalf's events do nothing.

const { port, ...app } = probotOrder.parse(JSON.parse(process.argv[2] ?? ""));
const log = pino({ level: "warn" }, process.stderr);
const server = new Server({ port, host: "127.0.0.1", log, Probot: Probot.defaults({ ...app, log }) });
await server.load((probot) => {
  probot.on("github_app_authorization.revoked", () => {});
  probot.on(["installation", "installation_repositories"], () => {});
});
await server.start();
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
