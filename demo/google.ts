import { type OpenidProvider, startOpenidProvider } from "../sandbox/openid/index.ts";

const client = { clientId: "onbehalf-demo", clientSecret: "a secret of the demo's Google" };
const calendar = "https://www.googleapis.com/auth/calendar";

/** Starts a Google of our own, for an onbehalf at that address, and says how it is configured there. */
export async function startDemoGoogle(
  url: string,
): Promise<{ google: OpenidProvider; environment: Record<string, string> }> {
  const google = await startOpenidProvider({
    shape: "google",
    clients: [{ ...client, redirectUris: [`${url}/connect/google/callback`] }],
  });
  google.setEventReceiver(`${url}/hooks/google/risc`);
  return {
    google,
    environment: {
      GOOGLE_CLIENT_ID: client.clientId,
      GOOGLE_CLIENT_SECRET: client.clientSecret,
      GOOGLE_ISSUER: google.issuer,
      GOOGLE_SCOPES: `openid,email,profile,${calendar}.readonly`,
      GOOGLE_REQUIRED_SCOPES: `${calendar}.readonly`,
      GOOGLE_OPTIONAL_SCOPES: calendar,
    },
  };
}
