import { createHash, randomBytes } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";

/** A code that a browser brought, with what its exchange needs. */
export interface Code {
  code: string;
  verifier: string;
  redirectUri: string;
}

export interface WebFlow {
  /** What a person opens, once. Their browser then fetches as many codes as are asked for. */
  address: string;
  code(): Promise<Code>;
  close(): void;
}

interface Wish {
  state: string;
  verifier: string;
  resolve: (code: Code) => void;
  reject: (error: Error) => void;
}

/** Before browsers and proxies give up on an answer. */
const HOLD_MS = 45_000;
const PATIENCE_MS = 15 * 60_000;

/** Listens at the callback URL. GitHub asks a person once and then sends their browser back without a question. */
export async function startWebFlow(options: {
  callbackUrl: string;
  webUrl: string;
  clientId: string;
}): Promise<WebFlow> {
  const callback = new URL(options.callbackUrl);
  const wishes = new Map<string, Wish>();
  const waiting: Wish[] = [];
  let held: (() => void)[] = [];
  let closed = false;
  const wake = () => {
    for (const go of held) go();
    held = [];
  };

  const next = async (response: ServerResponse) => {
    if (waiting.length === 0 && !closed) {
      await new Promise<void>((resolve) => {
        held.push(resolve);
        setTimeout(resolve, HOLD_MS).unref();
      });
    }
    const wish = waiting.shift();
    if (wish) return refresh(response, authorizeUrl(options, wish));
    if (!closed) return refresh(response, "/next");
    response.setHeader("connection", "close");
    response.end("<!doctype html><title>Done</title><p>The live check has what it needs. You can close this page.</p>");
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", callback.origin);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.setHeader("referrer-policy", "no-referrer");
    if (url.pathname === callback.pathname) {
      receive(wishes, url, options.callbackUrl);
      response.writeHead(302, { location: "/next" }).end();
    } else if (url.pathname === "/start" || url.pathname === "/next") {
      void next(response);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(callback.port || 80), callback.hostname.replace(/^\[|\]$/g, ""), resolve);
  });

  return {
    address: `${callback.origin}/start`,
    code: () =>
      new Promise((resolve, reject) => {
        const wish = { state: randomBytes(16).toString("hex"), verifier: randomBytes(32).toString("base64url") };
        const timer = setTimeout(() => reject(new Error("nobody came back from GitHub")), PATIENCE_MS).unref();
        const settle =
          <Value>(then: (value: Value) => void) =>
          (value: Value) => {
            clearTimeout(timer);
            then(value);
          };
        const made = { ...wish, resolve: settle(resolve), reject: settle(reject) };
        wishes.set(wish.state, made);
        waiting.push(made);
        wake();
      }),
    close() {
      closed = true;
      wake();
      server.close();
      server.closeIdleConnections();
    },
  };
}

function receive(wishes: Map<string, Wish>, url: URL, redirectUri: string): void {
  const wish = wishes.get(url.searchParams.get("state") ?? "");
  if (!wish) return;
  wishes.delete(wish.state);
  const code = url.searchParams.get("code");
  if (code) wish.resolve({ code, verifier: wish.verifier, redirectUri });
  else wish.reject(new Error(`GitHub sent the browser back with ${url.searchParams.get("error")}`));
}

function authorizeUrl(options: { callbackUrl: string; webUrl: string; clientId: string }, wish: Wish): string {
  const url = new URL(`${options.webUrl}/login/oauth/authorize`);
  url.search = new URLSearchParams({
    client_id: options.clientId,
    redirect_uri: options.callbackUrl,
    state: wish.state,
    code_challenge: createHash("sha256").update(wish.verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  return url.href;
}

/** A page that goes on by itself: browsers follow only so many redirects in a row. */
function refresh(response: ServerResponse, to: string): void {
  const escaped = to.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  response.end(`<!doctype html><title>Live check</title><meta http-equiv="refresh" content="0;url=${escaped}">`);
}
