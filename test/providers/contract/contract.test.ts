import { startAmocrm } from "../../../sandbox/amocrm/index.ts";
import { amocrmEnvironment } from "../../harness/amocrm.ts";
import { duringFile } from "../../harness/during-file.ts";
import { useFileProviders } from "../../harness/file-providers.ts";
import { amocrmSubject } from "./amocrm-subject.ts";
import { describeProvider } from "./describe-provider.ts";
import { githubSubject } from "./github-subject.ts";
import { openidSubject } from "./openid-subject.ts";

const amocrm = duringFile(startAmocrm, (sandbox) => sandbox.close());
const file = useFileProviders({ environment: () => amocrmEnvironment(amocrm) });

describeProvider("GitHub", () => githubSubject(file.stack));

describeProvider("amoCRM", () => amocrmSubject(file.stack, amocrm));

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
