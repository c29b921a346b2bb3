import type { IncomingMessage, ServerResponse } from "node:http";
import { consentPage, errorPage } from "./consent-page.ts";
import { shapes } from "./shapes.ts";
import { type OpenidWorld, sameProject } from "./world.ts";

export const consentPath = "/consent/";

/** What nobody is asked about: who the person is. */
const alwaysGranted = new Set([
  "openid",
  "email",
  "profile",
  "https://www.googleapis.com/auth/userinfo.email",
  "https://www.googleapis.com/auth/userinfo.profile",
]);

/**
 * Google says what it doesn't know and sends nobody back; oidc-provider would leave it out.
 * @returns whether it answered
 */
export function refuseUnknownScopes(world: OpenidWorld, response: ServerResponse, scope: string | null): boolean {
  const unknown = wordsOf(scope).filter((one) => !alwaysGranted.has(one) && !world.scopes.includes(one));
  if (unknown.length === 0) return false;
  const sentence = `Some requested scopes were invalid: ${unknown.join(", ")}`;
  send(response, 400, errorPage(shapes[world.shape].title, "invalid_scope", sentence));
  return true;
}

/** `/consent/{uid}`: the page that asks, and its form. */
export async function answerConsent(
  world: OpenidWorld,
  request: IncomingMessage,
  response: ServerResponse,
  form: URLSearchParams | null,
): Promise<void> {
  const { provider } = world;
  const interaction = await provider.interactionDetails(request, response);
  const asked = wordsOf(interaction.params.scope);
  const { title } = shapes[world.shape];
  if (form === null) {
    const hint = interaction.params.login_hint;
    const hinted = world.people.find(({ sub, email }) => hint === sub || hint === email) ?? world.people[0];
    const people = world.people.map((person) => ({ person, selected: person === hinted }));
    send(
      response,
      200,
      consentPage({
        title,
        client: String(interaction.params.client_id),
        action: `${consentPath}${interaction.uid}`,
        people,
        always: asked.filter((scope) => alwaysGranted.has(scope)),
        scopes: asked.filter((scope) => !alwaysGranted.has(scope)),
      }),
    );
    return;
  }
  const person = world.people.find(({ sub }) => sub === form.get("sub"));
  if (form.get("action") === "cancel" || !person) {
    const error = { error: "access_denied", error_description: "The person said no." };
    await provider.interactionFinished(request, response, error, { mergeWithLastSubmission: false });
    return;
  }
  const allowed = asked.filter((scope) => alwaysGranted.has(scope) || form.get(`scope:${scope}`) === "on");
  const consent = await grant(world, interaction, person.sub, allowed);
  await provider.interactionFinished(request, response, { login: { accountId: person.sub }, consent });
}

type Interaction = Awaited<ReturnType<OpenidWorld["provider"]["interactionDetails"]>>;

async function grant(world: OpenidWorld, interaction: Interaction, sub: string, allowed: string[]) {
  const { provider, store } = world;
  const { params } = interaction;
  const clientId = String(params.client_id);
  const inProject = sameProject(world, clientId);
  const before = store.living("Grant").filter((one) => one.accountId === sub && inProject(one.clientId ?? ""));
  const earlier = params.include_granted_scopes === "true" ? before.flatMap(scopesOf) : [];
  const given = new provider.Grant({ accountId: sub, clientId });
  const scopes = [...new Set([...allowed, ...earlier])];
  given.addOIDCScope(scopes);
  const grantId = await given.save();
  // A token's scopes are those of the request that the grant covers: what was given earlier must stand in it, too.
  params.scope = [...new Set([...wordsOf(params.scope), ...earlier])].join(" ");
  await interaction.save(600);
  const consents = wordsOf(params.prompt).includes("consent");
  if (params.access_type === "offline" && (consents || before.length === 0)) world.offlineGrants.add(grantId);
  return { grantId };
}

function scopesOf(payload: object): string[] {
  if (!("openid" in payload) || typeof payload.openid !== "object" || payload.openid === null) return [];
  return "scope" in payload.openid ? wordsOf(payload.openid.scope) : [];
}

function wordsOf(value: unknown): string[] {
  return typeof value === "string" ? value.split(" ").filter(Boolean) : [];
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(text);
}
