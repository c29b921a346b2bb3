import { z } from "zod";
import { appVariable } from "../../config/github-app.ts";
import type { Config } from "../../config/read-config.ts";
import { webhookWay } from "../setup/app-manifest.ts";
import type { ReachedApp } from "./check-app.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";

const hookAnswer = z.object({
  url: z.string().optional(),
  content_type: z.string().optional(),
  insecure_ssl: z.union([z.string(), z.number()]).optional(),
  secret: z.string().optional(),
});

/** Deliveries go to this onbehalf, as JSON, signed, over TLS that is checked. */
export async function checkWebhook(config: Config, app: ReachedApp): Promise<Finding> {
  const expected = config.webhookProxyUrl ?? `${config.publicUrl}/api/${config.github.provider}/webhooks`;
  if (webhookWay(config, config) === "off") {
    const says = `GitHub can't reach ${expected}: revocations are noticed late.`;
    return warning(says, "For a laptop set WEBHOOK_PROXY_URL to a channel from https://smee.io/new.");
  }
  const answer = await app.client.rest(app.jwt, "GET /app/hook/config");
  const hook = hookAnswer.safeParse(answer.data);
  const repair = `Set the webhook URL ${expected} at ${app.settingsUrl}.`;
  if (answer.status === 404 || (answer.status === 200 && hook.success && !hook.data.url)) {
    return failure("The App has no webhook: revocations are noticed late.", repair);
  }
  if (answer.status !== 200 || !hook.success) {
    return failure(`GitHub answered ${answer.status} when asked for the App's webhook.`);
  }
  const { url = "", content_type, insecure_ssl, secret } = hook.data;
  if (!sameAddress(url, expected)) {
    return failure(`Deliveries go to ${url}, not to ${expected}.`, `${repair} Or correct PUBLIC_URL.`);
  }
  if (content_type !== "json") {
    const says = `Deliveries come as "${content_type ?? "form"}", which onbehalf doesn't read.`;
    return failure(says, `Choose the content type application/json at ${app.settingsUrl}.`);
  }
  if (!secret) {
    const says = "The App's webhook has no secret: GitHub doesn't sign, and onbehalf refuses all of it.";
    return failure(
      says,
      `Set ${appVariable(config.github.provider, "WEBHOOK_SECRET")}'s value as the webhook secret at ${app.settingsUrl}.`,
    );
  }
  if (url.startsWith("https:") && String(insecure_ssl ?? "0") !== "0") {
    const says = "GitHub sends deliveries without checking the certificate.";
    return warning(says, `Enable SSL verification at ${app.settingsUrl}.`);
  }
  return ok(`Deliveries go to ${url}.`);
}

function sameAddress(one: string, other: string): boolean {
  const normal = (address: string) => URL.parse(address)?.href.replace(/\/+$/, "") ?? address;
  return normal(one) === normal(other);
}
