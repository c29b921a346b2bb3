import { once } from "node:events";
import { createServer } from "node:http";
import { Faults } from "../http/faults.ts";
import type { RecordedRequest } from "../http/request-log.ts";
import { buildProvider } from "./build-provider.ts";
import { livingGrants } from "./living-grants.ts";
import type { OpenidOptions, OpenidProvider } from "./openid-provider.ts";
import { defaultPeople } from "./people.ts";
import { createRisc } from "./risc.ts";
import { createOpenidServer } from "./serve.ts";
import { shapes } from "./shapes.ts";
import { newSigningKey } from "./signing-key.ts";
import { defaultOpenidSwitches } from "./switches.ts";
import { shapeTokenAnswer } from "./token-answers.ts";
import { TokenStore } from "./token-store.ts";
import type { OpenidWorld } from "./world.ts";

export type { OpenidClient, OpenidOptions, OpenidProvider, Shape } from "./openid-provider.ts";
export { defaultPeople, type OpenidPerson } from "./people.ts";
export { type EventType, eventTypes, type Risc, type Signing } from "./risc.ts";
export { defaultOpenidSwitches, type IdTokenFault, type OpenidSwitches } from "./switches.ts";

const host = "127.0.0.1";

/** Starts an OpenID provider of our own on a loopback port: oidc-provider, in the shape of Google or as the standards say. */
export async function startOpenidProvider(options: OpenidOptions): Promise<OpenidProvider> {
  // The issuer stands in everything, so the port is taken before there is anything to serve.
  const server = createServer();
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const issuer = `http://${host}:${port}`;

  const clients = options.clients.map((client) => ({ ...client }));
  const switches = { ...defaultOpenidSwitches, ...options.switches };
  const base = {
    shape: options.shape,
    issuer,
    port,
    people: [...(options.people ?? defaultPeople)],
    clients,
    scopes: options.scopes ?? shapes[options.shape].scopes,
    switches,
    store: new TokenStore(clients, switches),
    key: await newSigningKey(),
    offlineGrants: new Set<string>(),
  };
  const provider = buildProvider(base);
  const world: OpenidWorld = { ...base, provider, eventReceiver: null };
  const risc = createRisc({ key: base.key, issuer, audience: () => clients.map(({ clientId }) => clientId) });
  shapeAnswers(world);
  const log: RecordedRequest[] = [];
  const faults = new Faults("", () => undefined);
  const answering = createOpenidServer(world, { log, faults, risc });
  server.on("request", (request, response) => answering.emit("request", request, response));

  return {
    issuer,
    switches,
    people: world.people,
    clients,
    requests: log,
    faults,
    risc,
    setRedirectUris: (clientId, uris) => {
      const client = clients.find((one) => one.clientId === clientId);
      if (!client) throw new Error(`there is no client ${clientId}`);
      client.redirectUris = [...uris];
    },
    issuedTokens: () => world.store.issued(),
    refreshTokens: (sub) =>
      world.store.living("RefreshToken").flatMap(({ accountId, jti }) => (accountId === sub && jti ? [jti] : [])),
    grants: () => livingGrants(world),
    revokeGrant: (sub) => world.store.revoke(sub, () => true),
    setEventReceiver: (url) => {
      world.eventReceiver = url;
    },
    expireAccessTokens: (sub) => world.store.expireAccessTokens(sub),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function shapeAnswers(world: OpenidWorld): void {
  const { provider, switches, issuer } = world;
  provider.use(async (ctx, next) => {
    await next();
    const route = ctx.oidc?.route;
    if (route === "token") ctx.body = await shapeTokenAnswer(world, ctx.body, ctx.oidc.params?.grant_type);
    const document: unknown = ctx.body;
    if (route === "discovery" && typeof document === "object") {
      const announced = switches.callbackIssuer !== "none";
      const claimed = switches.discoveryIssuer === "own" ? issuer : switches.discoveryIssuer.other;
      ctx.body = { ...document, issuer: claimed, authorization_response_iss_parameter_supported: announced };
    }
    const location = ctx.response.get("location");
    if (route === "resume" && URL.canParse(location)) {
      const to = new URL(location);
      const { callbackIssuer } = switches;
      if (callbackIssuer === "none") to.searchParams.delete("iss");
      else if (callbackIssuer !== "own") to.searchParams.set("iss", callbackIssuer.other);
      // Google says more than it must.
      if (world.shape === "google" && to.searchParams.has("code")) to.searchParams.set("authuser", "0");
      ctx.set("location", to.href);
    }
  });
}
