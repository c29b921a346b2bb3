import { afterEach, expect, test, vi } from "vitest";
import { answerGithub } from "../harness/authorization.ts";
import { committer, newcomer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { accountOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

afterEach(() => {
  stack.sandbox.switches.samlOrganizations = [];
  stack.sandbox.switches.leftOutOrganizations = [];
});

/** A member of Acme, who lets a bot commit there. */
async function member() {
  const person = await committer(stack);
  stack.sandbox.updateRepository("acme/site", { collaborators: { [person.login]: "write" } });
  await stack.delegate(`gh.${person.id}`, `bot-of-${person.login}`, ["acme/*"]);
  let files = 0;
  const path = () => `${person.login}-${files++}.txt`;
  return {
    ...person,
    commitAtAcme: (attribution = "user") =>
      stack.commit(person.key, {
        user: `gh.${person.id}`,
        repository: "ACME/site",
        attribution,
        changes: [{ path: path(), content: "hello\n" }],
      }),
    accounts: async () => (await person.browser.open(`${stack.url}/accounts`)).text,
  };
}

const asks = "asks for single sign-on";

test("an organisation that asks for it stands on the accounts page with its address, until an action there works again", async () => {
  const { commitAtAcme, commit, accounts, userId } = await member();
  const { webUrl, switches } = stack.sandbox;
  const before = await accountOf(stack, userId);
  switches.samlOrganizations = ["acme"];
  const answer = await commitAtAcme();
  expectProblem(answer, 403, "sso_required", { action_url: `${webUrl}/orgs/acme/sso?authorization_request=SANDBOX` });
  expect((await commitAtAcme("user-or-app")).body).toMatchObject({
    attribution: "app",
    fallback_reason: "sso_required",
  });

  const page = await accounts();
  expect(page).toContain(`<strong>acme</strong> ${asks}`);
  expect(page.split(asks)).toHaveLength(2);
  // The address of an hour, with what GitHub put into it, is the bot's alone: it is neither kept nor shown.
  expect(page).toContain(`href="${webUrl}/orgs/acme/sso"`);
  expect(JSON.stringify(await accountOf(stack, userId))).not.toContain("SANDBOX");
  expect(await accountOf(stack, userId)).toMatchObject({ state: "active", version: before?.version });

  // What is somebody else's says nothing about Acme.
  expect((await commit()).status).toBe(201);
  expect(await accounts()).toContain(asks);

  switches.samlOrganizations = [];
  expect((await commitAtAcme()).status).toBe(201);
  expect(await accounts()).not.toContain(asks);
});

test("connecting again, and disconnecting, forget it", async () => {
  const { commitAtAcme, accounts, browser, login } = await member();
  stack.sandbox.switches.samlOrganizations = ["acme"];
  await commitAtAcme();
  await stack.connect(login, browser);
  expect(await accounts()).not.toContain(asks);
  await commitAtAcme();
  expect(await accounts()).toContain(asks);
  await browser.submit(await browser.open(`${stack.url}/accounts`), "/accounts/github/disconnect");
  expect(await accounts()).not.toContain(asks);
});

test("an organisation of which answers leave something out stands there, too, by its name", async () => {
  const { commit, accounts, userId } = await committer(stack).then((person) => ({
    ...person,
    accounts: async () => (await person.browser.open(`${stack.url}/accounts`)).text,
  }));
  stack.sandbox.switches.leftOutOrganizations = ["acme"];
  expect((await commit()).status).toBe(201);
  await vi.waitFor(async () => expect(await accounts()).toContain(`<strong>acme</strong> ${asks}`));
  expect(await accounts()).toContain(`href="${stack.sandbox.webUrl}/orgs/acme/sso"`);
  expect(await accountOf(stack, userId)).toMatchObject({ single_sign_on: { acme: { id: "6154722" } } });
  const lookUps = () => stack.sandbox.requests.filter(({ path }) => path.endsWith("/user/6154722")).length;
  const sent = lookUps();
  expect((await commit()).status).toBe(201);
  expect(lookUps()).toBe(sent);
});

test("with SIGN_IN=org:NAME, a person whose membership GitHub hides behind it is sent there", async () => {
  const closed = await stack.replica({ SIGN_IN: "org:acme" });
  const { login } = newcomer(stack);
  const { browser } = await stack.signIn(newcomer(stack).login);
  const url = `${stack.sandbox.webUrl}/orgs/acme/sso?authorization_request=A`;
  stack.sandbox.faults.add({
    match: { path: "/user/memberships/orgs/acme", login },
    respond: { status: 403, headers: { "x-github-sso": `required; url=${url}` }, body: { message: "SAML" } },
  });
  const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login });
  browser.setCookies(closed.url, browser.cookies(stack.url));
  const page = await browser.request(`${closed.url}${new URL(callback).pathname}${new URL(callback).search}`);
  expect(page.status).toBe(403);
  expect(page.text).toContain("<code>sso_required</code>");
  expect(page.text).toContain(`href="${url}"`);
  expect(stack.sandbox.grants()).toContainEqual({ login, tokens: 0 });
});
