import type { AppControls } from "../../../sandbox/index.ts";
import type { GithubProvider } from "../../../src/config/github-app.ts";
import { newcomer } from "../../harness/people.ts";
import type { Stack } from "../../harness/stack.ts";
import { everywhere, type Subject } from "./subject.ts";

/** One of the Apps at the sandbox GitHub, by default the first one. */
export function githubSubject(stack: Stack, provider: GithubProvider = "github"): Subject {
  const app: AppControls | null = provider === "github" ? stack.sandbox : stack.sandbox.second;
  if (!app) throw new Error("the stack has no second App");
  const error = (code: string) => [{ respond: { status: 200, body: { error: code } } }];
  const both = (faults: Subject["failures"]["ours"]["refresh"]) => ({ exchange: faults, refresh: faults });
  return {
    provider,
    stack,
    newPerson(owner) {
      const { login, id } = owner ?? newcomer(stack);
      return { login, uid: String(id) };
    },
    consent: (browser, page, { login }) => browser.submit(page, "Authorize", { login, action: "authorize" }),
    decline: (browser, page, { login }) => browser.submit(page, "Authorize", { login, action: "cancel" }),
    fail: (operation, fault) => stack.sandbox.faults.add({ match: { operation }, ...fault }),
    failures: {
      unreachable: both(everywhere.unreachable),
      throttled: both(everywhere.throttled),
      garbled: both(everywhere.garbled),
      ours: both([...error("incorrect_client_credentials"), ...error("redirect_uri_mismatch")]),
      refused: { exchange: error("bad_verification_code"), refresh: error("bad_refresh_token") },
    },
    revoke: ({ login }) => app.revokeGrant(login, { deliver: false }),
    livingTokens: ({ login }) => app.grants().find((grant) => grant.login === login)?.tokens ?? 0,
    rotation: true,
    endsGrants: true,
    refusableScope: null,
  };
}
