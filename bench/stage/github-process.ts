import { type Seed, startSandbox } from "../../sandbox/index.ts";
import { type Order, order, type Question, question } from "./github-messages.ts";

// The sandbox in a process of its own, so that its work takes no time from what is measured. It ends with its parent.

const { dataDir, latencyMs, onbehalfUrl, ...who } = order.parse(JSON.parse(process.argv[2] ?? ""));
const sandbox = await startSandbox({ dataDir, latencyMs, apiPath: "", seed: seedOf(who) });
sandbox.setCallbackUrls([`${onbehalfUrl}/connect/github/callback`]);
sandbox.setWebhookUrl(`${onbehalfUrl}/api/github/webhooks`);

process.on("message", (message) => {
  const asked = question.parse(message);
  process.send?.({ id: asked.id, answer: answerTo(asked) });
});
process.on("disconnect", () => void sandbox.close().then(() => process.exit(0)));
process.send?.({ webUrl: sandbox.webUrl, apiUrl: sandbox.apiUrl, app: sandbox.app });

function answerTo(asked: Question): number | string {
  if (asked.ask === "head") return sandbox.repository(asked.repository).head();
  const requests = sandbox.requests.splice(0);
  return asked.ask === "requests"
    ? requests.length
    : requests.filter(({ operation }) => operation === "refresh").length;
}

function seedOf({ people, repositories }: Pick<Order, "people" | "repositories">): Seed {
  return {
    people: people.map(({ login, uid }) => ({
      login,
      id: uid,
      name: `Person ${uid}`,
      email: `${login}@example.com`,
      emailPrivate: false,
    })),
    organizations: [
      {
        login: "acme",
        members: Object.fromEntries(people.map(({ login }) => [login, "member"])),
        basePermission: "write",
      },
    ],
    repositories: repositories.map((fullName) => ({ fullName, files: { "README.md": `# ${fullName}\n` } })),
    installations: { acme: "all" },
  };
}
