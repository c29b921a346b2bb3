import { apiUrlOf, type GithubAddresses, readPublicUrl, readSecureUrl } from "../../config/addresses.ts";
import type { SetupConfig } from "../../config/setup-config.ts";
import { organizationName, readSignInPolicy } from "../../config/sign-in-policy.ts";

/** What set-up asks, as entered. What the environment fixes is not asked. */
export interface SetupAnswers {
  publicUrl: string;
  githubUrl: string;
  /** Null: the person's own account. */
  organization: string | null;
  /** As in `SIGN_IN`; `org` alone means the organisation that owns the app. */
  signIn: string;
  name: string;
}

/** What set-up will do. */
export interface SetupChoices {
  publicUrl: string;
  github: GithubAddresses;
  organization: string | null;
  signIn: string;
  name: string;
}

export type SetupFaults = Partial<Record<keyof SetupAnswers, string>>;

/** GitHub's own bound for an app's name. */
export const longestAppName = 34;

type Fixed = Pick<SetupConfig, "publicUrl" | "github" | "signIn">;

/** Checks the answers; every fault at once, each under its question. */
export function readChoices(fixed: Fixed, answers: SetupAnswers): { choices: SetupChoices } | { faults: SetupFaults } {
  const faults: SetupFaults = {};
  const faultOf = (field: keyof SetupAnswers) => (sentence: string) => {
    faults[field] ??= sentence;
  };
  const publicUrl =
    fixed.publicUrl ?? readPublicUrl(withScheme(answers.publicUrl), faultOf("publicUrl"), "The address");
  const github = fixed.github ?? readGithub(answers.githubUrl, faultOf("githubUrl"));
  const organization = answers.organization?.trim() ?? null;
  if (organization !== null && !organizationName.test(organization)) {
    faults.organization = "Write the organisation's name as it is in its address on GitHub, such as acme.";
  }
  const entered = fixed.signIn ?? answers.signIn.trim();
  const signIn = entered === "org" && organization !== null ? `org:${organization}` : entered;
  // A fault in the organisation's name is told where that was asked.
  const known = readSignInPolicy(signIn) !== null || (entered === "org" && faults.organization);
  if (!known) faults.signIn = "Choose who may sign in: closed, org:NAME or open.";
  if (/^org\b/.test(entered) && organization === null) {
    // What the environment fixes can't be answered differently.
    faults[fixed.signIn ? "organization" : "signIn"] =
      "GitHub lets nobody but you authorise an app of your own account: let the organisation own the app, or choose only you.";
  }
  const name = answers.name.trim();
  if (!/[a-z0-9]/i.test(name) || name.length > longestAppName) {
    faults.name = `Give a name with letters or digits, of at most ${longestAppName} characters.`;
  }
  if (Object.keys(faults).length > 0 || !publicUrl || !github) return { faults };
  return { choices: { publicUrl, github, organization, signIn, name } };
}

function readGithub(text: string, fault: (sentence: string) => void): GithubAddresses | null {
  const entered = withScheme(text).replace("//www.github.com", "//github.com");
  const webUrl = readSecureUrl(entered, fault, "The address of GitHub");
  if (!webUrl) return null;
  if (new URL(webUrl).pathname === "/") return { webUrl, apiUrl: apiUrlOf(webUrl) };
  fault("The address of GitHub has a path: give the host alone.");
  return null;
}

/** People write `github.com`. */
function withScheme(text: string): string {
  const address = text.trim();
  return /^[a-z]+:\/\//i.test(address) || address === "" ? address : `https://${address}`;
}
