import type { Services } from "../../src/services.ts";
import { storeConnectedAccount } from "../../src/store/accounts/store-connected.ts";
import { one } from "../../src/store/database.ts";
import type { Stack } from "./stack.ts";

/** People with connected accounts, made without the pages: GitHub's web flow and the store alone. */
export async function connectMany(
  stack: Stack,
  services: Services,
  count: number,
): Promise<{ login: string; accountId: string }[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => connectOne(stack, services, 70_000_000 + index)));
}

async function connectOne(stack: Stack, services: Services, uid: number) {
  const login = `many-${uid}`;
  const { sandbox } = stack;
  sandbox.addPerson({ login, id: uid, name: login, email: `${login}@example.com`, emailPrivate: false });
  const redirectUri = `${stack.url}/connect/github/callback`;
  const consent = await fetch(`${sandbox.webUrl}/login/oauth/authorize`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      client_id: sandbox.app.clientId,
      redirect_uri: redirectUri,
      login,
      action: "authorize",
    }),
  });
  const code = URL.parse(consent.headers.get("location") ?? "")?.searchParams.get("code") ?? "";
  const pair = await services.providers.get("github")?.exchange({
    parameters: {},
    code,
    state: "",
    codeVerifier: "",
    nonce: "",
    redirectUri,
  });
  if (!pair) throw new Error("GitHub is not configured");
  const { database } = services;
  const { id: userId } = one(
    await database.query<{ id: string }>({ text: "INSERT INTO users DEFAULT VALUES RETURNING id" }),
  );
  const { id: identityId } = one(
    await database.query<{ id: string }>({
      text: `INSERT INTO identities (provider, provider_uid, user_id, login) VALUES ('github', $1, $2, $3) RETURNING id`,
      values: [uid, userId, login],
    }),
  );
  const { accountId } = await database.transaction((transaction) =>
    storeConnectedAccount(services, transaction, {
      userId,
      provider: "github",
      identityId,
      state: "active",
      pair: { ...pair, scopes: [] },
    }),
  );
  return { login, accountId };
}
