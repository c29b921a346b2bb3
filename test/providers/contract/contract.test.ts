import { useFileProviders } from "../../harness/file-providers.ts";
import { describeProvider } from "./describe-provider.ts";
import { githubSubject } from "./github-subject.ts";
import { openidSubject } from "./openid-subject.ts";

const file = useFileProviders();

describeProvider("GitHub", () => githubSubject(file.stack));

const rotation = {
  set(on: boolean) {
    file.openid.switches.rotation = on;
  },
};
const switched = { refusableScope: "notes:write", rotation };
describeProvider("an entry of kind oidc", () =>
  openidSubject(file.stack, file.openid, { ...switched, provider: "acme", clientId: "one" }),
);
describeProvider("an entry of kind oauth2", () =>
  openidSubject(file.stack, file.openid, { ...switched, provider: "notes", clientId: "two" }),
);
