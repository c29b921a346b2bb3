import { type Config, ConfigError, type Environment, readConfig } from "../../config/read-config.ts";
import { type Finding, failure, type Outcome, ok, warning } from "./finding.ts";

/** All that is wrong with the environment, as a start would say it. */
export async function checkConfiguration(environment: Environment): Promise<Outcome<Config>> {
  try {
    return { ...ok("The configuration has no fault."), value: readConfig(environment) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return failure(
      error.message,
      "Set these variables (.env.example describes each), or let set-up write them: npm run -s onbehalf -- setup",
    );
  }
}

/** Whether the right people can sign in. */
export async function checkSignIn({ signIn, adminUsers }: Config): Promise<Finding> {
  if (signIn.kind === "open") {
    const repair = "Set SIGN_IN=org:NAME or SIGN_IN=closed unless that is meant.";
    return warning("Everybody with a GitHub account can sign in and connect.", repair);
  }
  if (signIn.kind === "org") return ok(`Members of ${signIn.name} and the admins can sign in.`);
  if (adminUsers.length > 0) return ok("Only admins (ADMIN_USERS) can sign in.");
  const repair = "Set ADMIN_USERS=gh.NUMBER with your account's number on GitHub, or SIGN_IN=org:NAME.";
  return warning("Sign-in is closed and there are no admins: nobody can sign in by themselves.", repair);
}

/** Whether people can connect at all. */
export async function checkUserTokens({ userTokensEnabled }: Config): Promise<Finding> {
  if (userTokensEnabled) return ok("People can connect GitHub, and bots can act as them.");
  const says = "ENABLE_GITHUB_USER_TOKENS is false: nobody can connect, and no bot can act as anybody.";
  return warning(says, "Set it to true, or remove it, unless that is meant.");
}
