import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { SetupChoices } from "../../actions/setup/setup-choices.ts";
import { hashSecret, newSecret } from "../../actions/sign-in/secrets.ts";
import { Problem } from "../../errors.ts";
import { messagePage } from "../../views/message.ts";
import { staticFiles } from "../../views/stylesheets.ts";
import { sendPage } from "../page.ts";
import { wantsPage } from "../problem-page.ts";
import type { CountAttempt } from "../rate-limits.ts";

/** A browser that came by the link. */
export interface SetupBrowser {
  /** Known to this browser alone. */
  secret: string;
  /** What it chose, once it has. */
  choices: SetupChoices | null;
  /** An app that was registered with these choices, whose keys could not be fetched yet. */
  attempt: { code: string; choices: SetupChoices } | null;
}

/** Lets in who has the link, and nobody else. */
export interface SetupGate {
  /** The path and query of the link. */
  link: string;
  /** A path and query that works once, for 10 minutes, to go on in the same way at another address. */
  handOver(browser: SetupBrowser): string;
  /** The browser of a request that was let in. */
  browser(request: FastifyRequest): SetupBrowser;
  /** Whether a request was let in. */
  knows(request: FastifyRequest): boolean;
  /** Takes the cookie back. */
  forget(reply: FastifyReply): void;
  /** What a form carries to show that it is one of ours. */
  csrf(browser: SetupBrowser): string;
  /** @throws Problem `forbidden_origin` for a form that another site sent */
  requireOwnForm(browser: SetupBrowser, csrf: string): void;
}

const cookieName = "onbehalf-setup";
/** What tells nothing: health, and files that are the same everywhere. */
const open = new Set(["/healthz", "/readyz", ...staticFiles.map(({ path }) => path)]);
const notSetUp = messagePage({
  title: "onbehalf is not set up yet",
  tone: "info",
  says: "Set-up opens by a link. This browser has not come by it, or by one that is over.",
  todo: "Whoever started onbehalf finds the link in the terminal, and opens it in this browser.",
});
const handOverLifeMs = 10 * 60 * 1000;
/** Browsers and hand-overs that are remembered. */
const mostKept = 1000;

/**
 * Answers everything with 404 but health checks, the pages' looks, and what a browser asks that came by the link.
 * @param deps.now milliseconds on a clock that only goes forward
 * @param deps.publicUrl where browsers reach it, if that is known beforehand
 */
export function setupGate(
  server: FastifyInstance,
  deps: { countAttempt: CountAttempt; now: () => number; publicUrl: string | null },
): SetupGate {
  const token = newSecret();
  // By the hash of their secret, so that a look-up's time says nothing of it.
  const browsers = new Map<string, SetupBrowser>();
  const handOvers = new Map<string, { choices: SetupChoices | null; expiresAt: number }>();
  const find = (request: FastifyRequest) => browsers.get(key(request.cookies[cookieName] ?? ""));

  function admit(request: FastifyRequest, reply: FastifyReply, choices: SetupChoices | null): void {
    const known = find(request);
    if (known) {
      known.choices = choices ?? known.choices;
      return;
    }
    const [oldest] = browsers.keys();
    if (oldest !== undefined && browsers.size >= mostKept) browsers.delete(oldest);
    const secret = newSecret();
    browsers.set(key(secret), { secret, choices, attempt: null });
    // A proxy that ends TLS may be one that nobody has named (TRUST_PROXY): the address that was chosen tells, too.
    const address = URL.parse(choices?.publicUrl ?? deps.publicUrl ?? "");
    const behindTls = address?.protocol === "https:" && address.host === request.headers.host;
    // Lax: GitHub's redirect back is a link from another site.
    reply.setCookie(cookieName, secret, {
      path: "/",
      httpOnly: true,
      sameSite: "lax",
      secure: behindTls || request.protocol === "https",
    });
  }

  server.addHook("onRequest", async (request, reply) => {
    const url = URL.parse(request.url, "http://setup.invalid");
    if (open.has(url?.pathname ?? "")) return;
    if (request.method === "GET" && url?.pathname === "/setup") {
      if (equal(url.searchParams.get("token") ?? "", token)) {
        admit(request, reply, null);
        return reply.redirect("/setup", 303);
      }
      const name = key(url.searchParams.get("handover") ?? "");
      const handOver = handOvers.get(name);
      if (handOver) {
        handOvers.delete(name);
        if (handOver.expiresAt > deps.now()) {
          admit(request, reply, handOver.choices);
          return reply.redirect(handOver.choices ? "/setup/create" : "/setup", 303);
        }
      }
    }
    if (find(request)) return;
    await deps.countAttempt(request);
    if (wantsPage(request)) return sendPage(reply, notSetUp, 404);
    throw new Problem("not_found", "There is nothing at this address.");
  });

  return {
    link: `/setup?token=${token}`,
    handOver(browser) {
      const [oldest] = handOvers.keys();
      if (oldest !== undefined && handOvers.size >= mostKept) handOvers.delete(oldest);
      const secret = newSecret();
      handOvers.set(key(secret), { choices: browser.choices, expiresAt: deps.now() + handOverLifeMs });
      return `/setup?handover=${secret}`;
    },
    browser(request) {
      const browser = find(request);
      if (!browser) throw new Problem("not_found", "There is nothing at this address.");
      return browser;
    },
    knows: (request) => find(request) !== undefined,
    forget: (reply) => void reply.clearCookie(cookieName, { path: "/" }),
    csrf,
    requireOwnForm(browser, given) {
      if (equal(given, csrf(browser))) return;
      throw new Problem(
        "forbidden_origin",
        "This form was not sent from set-up's own page: open the page and send it there.",
      );
    },
  };
}

function csrf(browser: SetupBrowser): string {
  return createHmac("sha256", browser.secret).update("form").digest("base64url");
}

/** In constant time, whatever the lengths. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(hashSecret(a), hashSecret(b));
}

function key(secret: string): string {
  return hashSecret(secret).toString("hex");
}
