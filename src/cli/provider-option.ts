import { Option } from "commander";
import { githubProviders } from "../config/github-app.ts";

/** `--provider`: which of GitHub's Apps is meant; the standard one where nobody says. */
export function providerOption(): Option {
  return new Option("--provider <id>", "with the account at which GitHub App")
    .choices(githubProviders)
    .default("github");
}
