import { useFiveProviders } from "../../harness/five-providers.ts";
import { readCalendar } from "../../harness/google.ts";
import { amocrmSubject } from "./amocrm-subject.ts";
import { describeProvider } from "./describe-provider.ts";
import { githubSubject } from "./github-subject.ts";
import { openidSubject } from "./openid-subject.ts";

const five = useFiveProviders();

describeProvider("GitHub", () => githubSubject(five.stack));

describeProvider("GitHub lite", () => githubSubject(five.stack, "github-lite"));

describeProvider("Google", () =>
  openidSubject(five.stack, five.google, {
    provider: "google",
    clientId: "onbehalf-at-google",
    refusableScope: readCalendar,
    rotation: false,
  }),
);

describeProvider("amoCRM", () => amocrmSubject(five.stack, five.amocrm));

const rotation = {
  set(on: boolean) {
    five.openid.switches.rotation = on;
  },
};
const switched = { refusableScope: "notes:write", rotation };
describeProvider("an entry of kind oidc", () =>
  openidSubject(five.stack, five.openid, { ...switched, provider: "acme", clientId: "one" }),
);
describeProvider("an entry of kind oauth2", () =>
  openidSubject(five.stack, five.openid, { ...switched, provider: "notes", clientId: "two" }),
);
