import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { html, page } from "../pages/html.ts";
import { readLogin, writeLogin } from "../pages/login-cookie.ts";
import type { Account } from "../world/accounts.ts";
import type { KnownPerson } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { type Manifest, nameFault, readManifest } from "./read-manifest.ts";
import { faultsPage, registrationPage } from "./registration-page.ts";

const queryShape = z.object({ state: z.string().optional() });
const formShape = z.object({
  manifest: z.string().default(""),
  state: z.string().optional(),
  name: z.string().optional(),
  login: z.string().default(""),
  action: z.string().optional(),
});

/**
 * `/settings/apps/new` and `/organizations/{org}/settings/apps/new`: another site posts a manifest here, the page shows
 * it, and the press of a button registers the app and sends the browser back with a code.
 */
export function routeRegistration(server: FastifyInstance, world: World): void {
  for (const path of ["/settings/apps/new", "/organizations/:organization/settings/apps/new"]) {
    server.get<{ Params: { organization?: string } }>(path, async (request, reply) => {
      if (!mayExist(world, request.params.organization)) return lost(reply);
      const body = html`<p>The sandbox registers an app from a manifest: another site posts it here.</p>`;
      return reply.type("text/html").send(page("Register new GitHub App", body));
    });
    server.post<{ Params: { organization?: string } }>(path, async (request, reply) => {
      const { organization } = request.params;
      const form = formShape.safeParse(request.body);
      if (!form.success || !mayExist(world, organization)) return lost(reply);
      const { manifest: text, action } = form.data;
      const read = readManifest(text, { refuseLoopbackHooks: world.switches.refuseLoopbackHooks });
      if ("faults" in read) return reply.code(422).type("text/html").send(faultsPage(read.faults));
      const state = form.data.state ?? queryShape.safeParse(request.query).data?.state;
      const name = form.data.name ?? read.manifest.name ?? "";
      const asked = { request, reply, manifest: read.manifest, text, state, name };
      if (action !== "create") return show(world, asked, null);
      const person = world.people.byLogin(form.data.login);
      const owner = person && ownerFor(world, person, organization);
      if (!person || !owner) return lost(reply);
      const fault = nameFault(name, world.registration.registered ? world.app.name : null);
      if (fault) return show(world, asked, fault);
      writeLogin(reply, person);
      const code = world.registrations.add({ name, owner, manifest: read.manifest });
      return reply.redirect(backTo(world, read.manifest, { code, state }), 302);
    });
  }
}

interface Asked {
  request: FastifyRequest<{ Params: { organization?: string } }>;
  reply: FastifyReply;
  manifest: Manifest;
  text: string;
  state: string | undefined;
  name: string;
}

function show(world: World, { request, reply, manifest, text, state, name }: Asked, fault: string | null) {
  const known = readLogin(world, request);
  const organization = request.params.organization;
  return reply
    .code(fault ? 422 : 200)
    .type("text/html")
    .send(
      registrationPage({
        action: request.url.split("?", 1)[0] ?? "",
        organization: organization === undefined ? null : (world.people.organization(organization)?.login ?? null),
        name,
        manifest,
        choices: world.people.list().map((person) => ({ ...person, selected: person.id === known?.id })),
        hidden: { manifest: text, ...(state === undefined ? {} : { state }) },
        fault,
      }),
    );
}

/** Whose the app becomes: a person's own, or the organisation's that the person owns. */
function ownerFor(world: World, person: KnownPerson, organization: string | undefined): Account | null {
  if (organization === undefined) return { login: person.login, id: person.id, type: "User" };
  const found = world.people.organization(organization);
  if (found?.members.get(person.id) !== "admin") return null;
  return { login: found.login, id: found.id, type: "Organization" };
}

function mayExist(world: World, organization: string | undefined): boolean {
  return organization === undefined || world.people.organization(organization) !== undefined;
}

function backTo(world: World, manifest: Manifest, query: { code: string; state: string | undefined }): string {
  const url = new URL(manifest.redirect_url ?? world.addresses.web);
  url.searchParams.set("code", query.code);
  if (query.state !== undefined) url.searchParams.set("state", query.state);
  return url.href;
}

/** As for everybody who may not see it. */
function lost(reply: FastifyReply) {
  return reply
    .code(404)
    .type("text/html")
    .send(page("Not Found", html`<p>There is nothing here for you.</p>`, { narrow: true }));
}
