import { isLoopback } from "../../config/loopback.ts";
import type { Config } from "../../config/read-config.ts";
import { words } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

const patienceMs = 5_000;

/** onbehalf answers at PUBLIC_URL. That it doesn't from here proves little: it may not run, or be behind a proxy. */
export async function checkPublicUrl(
  deps: { fetch: typeof globalThis.fetch },
  { publicUrl }: Config,
): Promise<Finding> {
  const url = `${publicUrl}/healthz`;
  const unreached = await deps.fetch(url, { redirect: "manual", signal: AbortSignal.timeout(patienceMs) }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.status === 200 ? null : `it answered ${answer.status}`;
    },
    (error: unknown) => words(error),
  );
  if (unreached !== null) {
    const repair = "See that onbehalf runs, and that PUBLIC_URL leads to it; from here it may be out of reach.";
    return warning(`${url} can't be reached from here: ${unreached}.`, repair);
  }
  if (publicUrl.startsWith("https:")) return ok(`onbehalf answers at ${publicUrl}.`);
  const local = isLoopback(new URL(publicUrl).hostname);
  return ok(`onbehalf answers at ${publicUrl}${local ? ", on this machine alone" : ""}.`);
}
