import { InvalidArgumentError, Option } from "commander";
import { githubProviders } from "../config/github-app.ts";

/** `--provider`: which of GitHub's Apps is meant; the standard one where nobody says. */
export function providerOption(): Option {
  return new Option("--provider <id>", "with the account at which GitHub App")
    .choices(githubProviders)
    .default("github");
}

/** The same where accounts elsewhere are meant, too. */
export function accountOption(): Option {
  return new Option(
    "--provider <id>",
    "with the account at which provider: github, github-lite, google, amocrm, or an id of the providers file",
  )
    .argParser((id: string) => {
      if (/^[a-z0-9-]{1,63}$/.test(id)) return id;
      throw new InvalidArgumentError("Ids are as `providers check` shows them: a-z 0-9 -.");
    })
    .default("github");
}
