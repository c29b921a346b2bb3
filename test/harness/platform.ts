import { createServer } from "node:http";
import type { Browser } from "./browser.ts";
import type { ApiAnswer, Stack } from "./stack.ts";

/** A host platform of a few lines: it knows its people by a cookie, and completes what comes back in their session. */
export interface Platform {
  origin: string;
  /** Where its links lead back to. */
  returnTo: string;
  /** What it was told about each completion, and for whom it asked. */
  completions: { user: string; code: string; answer: ApiAnswer }[];
  /** Its key, and the onbehalf that it calls. */
  use(stack: Stack, key: string): void;
  /** Signs somebody in there. */
  signIn(browser: Browser, externalId: string): void;
  /** A new link for one of its users, who is created where need be. */
  link(externalId: string, body?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export async function startPlatform(): Promise<Platform> {
  const completions: Platform["completions"] = [];
  let ask: (path: string, method: string, body: unknown) => Promise<ApiAnswer> = () =>
    Promise.reject(new Error("unset"));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://platform");
    const user = /(?:^|; )user=([^;]*)/.exec(request.headers.cookie ?? "")?.[1];
    const code = url.searchParams.get("connect_code");
    if (!user || !code) {
      response.end("Sign in to the platform, please.");
      return;
    }
    void ask(`/api/v1/users/ext.${user}/connect-completions`, "POST", { code }).then((answer) => {
      completions.push({ user, code, answer });
      response.end(answer.status === 200 ? "The platform says: connected." : "The platform says: that was not yours.");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the platform does not listen");
  const origin = `http://127.0.0.1:${address.port}`;
  const returnTo = `${origin}/connected?from=onbehalf`;
  return {
    origin,
    returnTo,
    completions,
    use(stack, key) {
      ask = (path, method, body) => stack.call(method, path, { key, body });
    },
    signIn: (browser, externalId) => browser.setCookies(origin, `user=${externalId}`),
    async link(externalId, body = {}) {
      await ask(`/api/v1/users/ext.${externalId}`, "PUT", {});
      const wish = { provider: "github", return_to: returnTo, ...body };
      const { status, body: made } = await ask(`/api/v1/users/ext.${externalId}/connect-links`, "POST", wish);
      if (status !== 201) throw new Error(`no link but ${status}: ${JSON.stringify(made)}`);
      return String(made.url);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
