import { boundedFetch } from "../../providers/outgoing.ts";
import { words } from "./examination.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";

const warnSeconds = 30;
/** GitHub refuses a JWT that was issued in its future, and Octokit back-dates by 30 s. */
const failSeconds = 60;

/** This machine and GitHub agree what time it is, going by the `Date` of an answer that needs no credentials. */
export async function checkGithubClock(
  deps: { fetch: typeof globalThis.fetch },
  github: { apiUrl: string },
): Promise<Finding> {
  const asked = Date.now();
  let date: number;
  try {
    const answer = await boundedFetch(deps.fetch)(`${github.apiUrl}/rate_limit`);
    date = Date.parse(answer.headers.get("date") ?? "");
  } catch (error) {
    const repair = "See that GITHUB_API_URL is right and that this machine reaches it.";
    return failure(`GitHub can't be reached: ${words(error)}`, repair);
  }
  if (Number.isNaN(date)) return warning("GitHub's answer has no date to compare the clock with.");
  // The header is cut to whole seconds.
  const seconds = Math.round((date + 500 - (asked + Date.now()) / 2) / 1000);
  const far = Math.abs(seconds);
  if (far <= warnSeconds) return ok("This machine's clock agrees with GitHub's.");
  const says = `This machine's clock is ${far} s ${seconds > 0 ? "behind" : "ahead of"} GitHub's.`;
  if (far <= failSeconds) return warning(says, "Let it be set by NTP, before GitHub refuses the app.");
  return failure(`${says} GitHub refuses the app's JWTs then.`, "Let it be set by NTP.");
}
