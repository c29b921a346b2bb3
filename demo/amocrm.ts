import { type AmocrmSandbox, startAmocrm } from "../sandbox/amocrm/index.ts";

/** Starts an amoCRM of our own, for an onbehalf at that address, and says how it is configured there. */
export async function startDemoAmocrm(
  url: string,
): Promise<{ amocrm: AmocrmSandbox; environment: Record<string, string> }> {
  const amocrm = await startAmocrm();
  amocrm.setCallbackUrl(`${url}/connect/amocrm/callback`);
  amocrm.setHookUrl(`${url}/hooks/amocrm`);
  const { clientId, clientSecret } = amocrm.integration;
  return {
    amocrm,
    environment: { AMOCRM_CLIENT_ID: clientId, AMOCRM_CLIENT_SECRET: clientSecret, AMOCRM_URL: amocrm.webUrl },
  };
}
