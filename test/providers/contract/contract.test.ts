import { expect, test } from "vitest";
import { useFiveProviders } from "../../harness/five-providers.ts";
import { readCalendar } from "../../harness/google.ts";
import { newcomer } from "../../harness/people.ts";
import { amocrmSubject } from "./amocrm-subject.ts";
import { describeProvider } from "./describe-provider.ts";
import { githubSubject } from "./github-subject.ts";
import { openidSubject } from "./openid-subject.ts";
import type { Subject } from "./subject.ts";

const five = useFiveProviders();

const rotation = {
  set(on: boolean) {
    five.openid.switches.rotation = on;
  },
};
const switched = { refusableScope: "notes:write", rotation };
const google = {
  provider: "google",
  clientId: "onbehalf-at-google",
  refusableScope: readCalendar,
  rotation: false,
} as const;

const rows: [id: string, name: string, subject: () => Subject | Promise<Subject>][] = [
  ["github", "GitHub", () => githubSubject(five.stack)],
  ["github-lite", "GitHub lite", () => githubSubject(five.stack, "github-lite")],
  ["google", "Google", () => openidSubject(five.stack, five.google, google)],
  ["amocrm", "amoCRM", () => amocrmSubject(five.stack, five.amocrm)],
  [
    "acme",
    "an entry of kind oidc",
    () => openidSubject(five.stack, five.openid, { ...switched, provider: "acme", clientId: "one" }),
  ],
  [
    "notes",
    "an entry of kind oauth2",
    () => openidSubject(five.stack, five.openid, { ...switched, provider: "notes", clientId: "two" }),
  ],
];

for (const [, name, subject] of rows) describeProvider(name, subject);

test("everything that can be connected is held to the contract", async () => {
  const { browser } = await five.stack.signIn(newcomer(five.stack).login);
  const { text } = await browser.open(`${five.stack.url}/accounts`);
  const ids = [...text.matchAll(/action="\/connect\/([^"]+)"/g)].map(([, id = ""]) => id);
  expect(rows.map(([id]) => id).toSorted()).toEqual(ids.toSorted());
});
