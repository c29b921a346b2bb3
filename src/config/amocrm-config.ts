import { readSecureUrl } from "./addresses.ts";
import type { Environment, Fault } from "./environment.ts";

export interface AmocrmConfig {
  clientId: string;
  clientSecret: string;
  /** Where people authorize. */
  webUrl: string;
}

const hosted = ["https://www.amocrm.ru", "https://www.amocrm.com", "https://www.kommo.com"];

/**
 * Reads amoCRM's variables.
 * @returns null: none is given, and amoCRM is off
 */
export function readAmocrmConfig(env: Environment, fault: Fault): AmocrmConfig | null {
  const [clientId, clientSecret] = [env.AMOCRM_CLIENT_ID?.trim() ?? "", env.AMOCRM_CLIENT_SECRET?.trim() ?? ""];
  const webUrl = readSecureUrl(env.AMOCRM_URL || "https://www.amocrm.ru", fault, "AMOCRM_URL") ?? "";
  if (!clientId && !clientSecret) return null;
  if (!clientId) fault("AMOCRM_CLIENT_ID is missing: the integration's id in amoCRM. Without amoCRM, leave out both.");
  if (!clientSecret)
    fault("AMOCRM_CLIENT_SECRET is missing: the integration's secret key in amoCRM. Without amoCRM, leave out both.");
  // Where accounts are is known for these alone; http:// is for this machine.
  if (webUrl.startsWith("https:") && !hosted.includes(webUrl)) {
    fault(`AMOCRM_URL is "${webUrl}": use ${hosted.join(", or ")}.`);
  }
  return { clientId, clientSecret, webUrl };
}
