import { Problem } from "../../errors.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";

/**
 * A redirect would have git go on elsewhere, past what was checked.
 * @throws Problem `repository_not_found`
 */
export function refuseRedirect(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.status < 300 || answer.status >= 400) return answer;
  answer.body.on("error", () => undefined).destroy();
  throw new Problem(
    "repository_not_found",
    "GitHub has this repository under another name: it was renamed or moved. Use its new name.",
  );
}
