#!/usr/bin/env node
import { parseArgs } from "node:util";
import { startSandbox } from "./index.ts";

const usage = `npm run sandbox [-- OPTIONS]

  --port NUMBER      where it listens on 127.0.0.1 (4400)
  --data FOLDER      where the repositories are kept; a temporary folder unless given
  --callback URL     a callback URL of the app (http://127.0.0.1:3000/connect/github/callback); may be repeated
  --webhook URL      where deliveries go (http://127.0.0.1:3000/api/github/webhooks)
  --lite             a second app, for GITHUB_LITE_*; its addresses are those with github-lite in place of github
  --no-app           without an app: one is registered from a manifest, as set-up does
  -h, --help         this`;

const values = readOptions();
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const registered = !values["no-app"];
const sandbox = await startSandbox({
  port: Number(values.port),
  app: registered,
  secondApp: registered && values.lite,
  ...(values.data ? { dataDir: values.data } : {}),
}).catch((error: NodeJS.ErrnoException) => {
  if (error.syscall !== "listen") throw error;
  return refuse(`The sandbox can't listen on port ${values.port} (${error.code}): give another with --port.`);
});
// An app that is registered from a manifest brings its own addresses.
if (registered) {
  sandbox.setCallbackUrls(values.callback);
  sandbox.setWebhookUrl(values.webhook);
  const ofLite = (address: string) => address.replace(/\/github\//, "/github-lite/");
  sandbox.second?.setCallbackUrls(values.callback.map(ofLite));
  sandbox.second?.setWebhookUrl(ofLite(values.webhook));
}

const { app, second } = sandbox;
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
  ...(second && {
    GITHUB_LITE_APP_ID: second.app.id,
    GITHUB_LITE_CLIENT_ID: second.app.clientId,
    GITHUB_LITE_CLIENT_SECRET: second.app.clientSecret,
    GITHUB_LITE_WEBHOOK_SECRET: second.app.webhookSecret,
    GITHUB_LITE_PRIVATE_KEY: JSON.stringify(second.app.privateKey),
  }),
};
console.log(`# A GitHub of our own on ${sandbox.webUrl}. Start onbehalf with:`);
for (const [name, value] of Object.entries(environment)) console.log(`${name}=${value}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0));
  });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "4400" },
        data: { type: "string" },
        callback: { type: "string", multiple: true, default: ["http://127.0.0.1:3000/connect/github/callback"] },
        lite: { type: "boolean", default: false },
        "no-app": { type: "boolean", default: false },
        webhook: { type: "string", default: "http://127.0.0.1:3000/api/github/webhooks" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (/^\d{1,5}$/.test(values.port) && Number(values.port) <= 65_535) return values;
    return refuse(`--port is "${values.port}": give a number up to 65535.`);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse(`${error.message}\n\n${usage}`);
  }
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
