import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { clientApp } from "../http/caller-app.ts";
import { authorizePage } from "../pages/authorize-page.ts";
import { html, page } from "../pages/html.ts";
import { readLogin, writeLogin } from "../pages/login-cookie.ts";
import { mayUseApp } from "../world/register-app.ts";
import type { World } from "../world/world.ts";

const requestShape = z.object({
  client_id: z.string().default(""),
  redirect_uri: z.string().optional(),
  state: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.string().optional(),
  login: z.string().optional(),
  prompt: z.string().optional(),
  allow_signup: z.string().optional(),
});
const answerShape = requestShape.extend({ login: z.string().default(""), action: z.string().default("cancel") });

type AuthorizeRequest = z.infer<typeof requestShape>;
type Checked = { target: string } | { refused: { target: string; error: string; description: string } } | null;

/** `GET` and `POST /login/oauth/authorize`. */
export function routeAuthorize(server: FastifyInstance, home: World): void {
  server.get("/login/oauth/authorize", async (request, reply) => {
    const asked = requestShape.safeParse(request.query);
    if (!asked.success) return lost(reply);
    const world = clientApp(home, asked.data.client_id);
    const checked = check(world, asked.data);
    if (!checked) return lost(reply);
    if ("refused" in checked) return refuse(world, reply, checked.refused, asked.data.state);
    const known = readLogin(world, request);
    if (
      known &&
      mayUseApp(world, known) &&
      asked.data.prompt !== "select_account" &&
      world.userTokens.hasGrant(known.id)
    ) {
      return redirectWithCode(world, reply, asked.data, checked.target, known.id);
    }
    const hint = asked.data.login?.toLowerCase() ?? known?.login.toLowerCase();
    const choices = world.people.list().map((person) => ({ ...person, selected: person.login.toLowerCase() === hint }));
    const { login: _, prompt: __, ...hidden } = asked.data;
    const fields = Object.entries(hidden).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    return reply.type("text/html").send(authorizePage(world.app, choices, Object.fromEntries(fields)));
  });

  server.post("/login/oauth/authorize", async (request, reply) => {
    const answered = answerShape.safeParse(request.body);
    if (!answered.success) return lost(reply);
    const world = clientApp(home, answered.data.client_id);
    const checked = check(world, answered.data);
    if (!checked) return lost(reply);
    if ("refused" in checked) return refuse(world, reply, checked.refused, answered.data.state);
    if (answered.data.action !== "authorize") {
      const description = "The user has denied your application access.";
      return refuse(world, reply, { target: checked.target, error: "access_denied", description }, answered.data.state);
    }
    const person = world.people.byLogin(answered.data.login);
    if (!person || !mayUseApp(world, person)) return lost(reply);
    writeLogin(reply, person);
    return redirectWithCode(world, reply, answered.data, checked.target, person.id);
  });
}

function check(world: World, asked: AuthorizeRequest): Checked {
  const [first] = world.callbackUrls;
  if (asked.client_id !== world.app.clientId || !first) return null;
  const refused = (target: string, error: string, description: string) => ({ refused: { target, error, description } });
  if (world.switches.applicationSuspended) {
    return refused(first, "application_suspended", "Your application has been suspended. Contact support@github.com.");
  }
  if (asked.redirect_uri !== undefined && !world.callbackUrls.includes(asked.redirect_uri)) {
    const description = "The redirect_uri MUST match the registered callback URL for this application.";
    return refused(first, "redirect_uri_mismatch", description);
  }
  const target = asked.redirect_uri ?? first;
  if (!world.switches.pkce) return { target };
  if (asked.code_challenge === undefined && asked.code_challenge_method === undefined) return { target };
  if (asked.code_challenge_method !== "S256")
    return refused(target, "invalid_request", "code_challenge_method must be S256.");
  if (!/^[A-Za-z0-9_-]{43}$/.test(asked.code_challenge ?? "")) {
    return refused(target, "invalid_request", "code_challenge must be 43 characters of base64url.");
  }
  return { target };
}

function redirectWithCode(
  world: World,
  reply: FastifyReply,
  asked: AuthorizeRequest,
  target: string,
  personId: number,
) {
  const challenge = world.switches.pkce ? (asked.code_challenge ?? null) : null;
  const code = world.codes.issue({ personId, redirectUri: asked.redirect_uri ?? null, challenge });
  return reply.redirect(withQuery(target, { code, ...(asked.state === undefined ? {} : { state: asked.state }) }), 302);
}

function refuse(
  world: World,
  reply: FastifyReply,
  { target, error, description }: { target: string; error: string; description: string },
  state: string | undefined,
) {
  const uri = `${world.addresses.web}/docs/oauth-errors#${error}`;
  const query = { error, error_description: description, error_uri: uri, ...(state === undefined ? {} : { state }) };
  return reply.redirect(withQuery(target, query), 302);
}

function withQuery(target: string, query: Record<string, string>) {
  const url = new URL(target);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function lost(reply: FastifyReply) {
  const body = html`<p>There is no app with that client id, it has no callback URL yet, or the request cannot be read.</p>`;
  return reply
    .code(404)
    .type("text/html")
    .send(page("Not Found", body, { narrow: true }));
}
