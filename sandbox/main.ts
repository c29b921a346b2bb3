#!/usr/bin/env node
import { parseArgs } from "node:util";
import { startSandbox } from "./index.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4400" },
    data: { type: "string" },
    callback: { type: "string", multiple: true, default: ["http://127.0.0.1:3000/connect/github/callback"] },
    "no-app": { type: "boolean", default: false },
    webhook: { type: "string", default: "http://127.0.0.1:3000/api/github/webhooks" },
  },
});

const registered = !values["no-app"];
const sandbox = await startSandbox({
  port: Number(values.port),
  app: registered,
  ...(values.data ? { dataDir: values.data } : {}),
});
// An app that is registered from a manifest brings its own addresses.
if (registered) {
  sandbox.setCallbackUrls(values.callback);
  sandbox.setWebhookUrl(values.webhook);
}

const { app } = sandbox;
const environment = {
  GITHUB_URL: sandbox.webUrl,
  GITHUB_API_URL: sandbox.apiUrl,
  ...(registered && {
    APP_ID: app.id,
    GITHUB_CLIENT_ID: app.clientId,
    GITHUB_CLIENT_SECRET: app.clientSecret,
    WEBHOOK_SECRET: app.webhookSecret,
    PRIVATE_KEY: JSON.stringify(app.privateKey),
  }),
};
console.log(`# A GitHub of our own on ${sandbox.webUrl}. Start onbehalf with:`);
for (const [name, value] of Object.entries(environment)) console.log(`${name}=${value}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0));
  });
}
