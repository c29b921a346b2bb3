import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Faults } from "../http/faults.ts";
import { type RecordedRequest, record } from "../http/request-log.ts";
import { Api } from "./api.ts";
import { answerConsent, consentPath, refuseUnknownScopes } from "./consent.ts";
import { answerGoogleRevoke } from "./google-revoke.ts";
import { peekBody } from "./peek-body.ts";
import type { Risc } from "./risc.ts";
import { sendJson } from "./send-json.ts";
import { answerSettings, removeAccess, removePath } from "./settings.ts";
import { shapes } from "./shapes.ts";
import type { OpenidWorld } from "./world.ts";

/** The provider's server: its record and faults, its own pages, and oidc-provider for everything else. */
export function createOpenidServer(
  world: OpenidWorld,
  { log, faults, risc }: { log: RecordedRequest[]; faults: Faults; risc: Risc },
): Server {
  const api = new Api(world);
  const standard = world.provider.callback();
  const { routes } = shapes[world.shape];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? "GET";
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const entry: RecordedRequest = { method, path, status: 0, at: Date.now() };
    record(log, entry);
    const body = method === "GET" ? "" : await peekBody(request);
    const form = new URLSearchParams(body);
    const operation = operationOf(path === routes.token ? form.get("grant_type") : null);
    if (operation) entry.operation = operation;
    response.once("finish", () => {
      entry.status = response.statusCode;
    });
    const login = personOf(world, form);
    const fault = faults.take({ method, path, operations: operation ? [operation] : [], login });
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.dropBefore) return void request.socket.destroy();
    if (fault?.respond) {
      const { status, headers = {}, body: told = "" } = fault.respond;
      if (typeof told === "object") return sendJson(response, status, told, headers);
      return void response.writeHead(status, headers).end(told);
    }
    if (fault?.dropAfterHandling) {
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    }
    if (path.startsWith(consentPath)) return answerConsent(world, request, response, method === "POST" ? form : null);
    if (path === "/" && method === "GET") return answerSettings(world, response);
    if (path === removePath && method === "POST") {
      return removeAccess(world, response, { sub: form.get("sub") ?? "", risc });
    }
    if (api.serves(path)) return api.answer(request, response, { method, path, body });
    if (world.shape === "google") {
      if (path === routes.revocation && method === "POST") {
        return answerGoogleRevoke(world, response, form.get("token") ?? new URLSearchParams(query).get("token") ?? "");
      }
      if (path === "/.well-known/risc-configuration") {
        return sendJson(response, 200, { issuer: risc.issuer, jwks_uri: `${world.issuer}${routes.jwks}` });
      }
    }
    if (world.shape === "google" && path === routes.authorization) {
      if (refuseUnknownScopes(world, response, new URLSearchParams(query).get("scope"))) return;
    }
    if (path.startsWith(routes.authorization)) forgetSession(request, world.port);
    await standard(request, response);
  };

  return createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const said = error instanceof Error ? error.message : "";
      sendJson(response, 400, { error: "invalid_request", error_description: said });
    });
  });
}

/** Each authorization is without a session: whoever sits there says anew who they are, and may be another person. */
function forgetSession(request: IncomingMessage, port: number): void {
  const cookies = (request.headers.cookie ?? "").split("; ");
  const session = new RegExp(`^openid_${port}(\\.legacy)?(\\.sig)?=`);
  const others = cookies.filter((cookie) => !session.test(cookie));
  request.headers.cookie = others.join("; ");
}

function operationOf(grantType: string | null): "exchange" | "refresh" | null {
  if (grantType === "authorization_code") return "exchange";
  return grantType === "refresh_token" ? "refresh" : null;
}

function personOf(world: OpenidWorld, form: URLSearchParams): string | null {
  const carried = form.get("refresh_token") ?? form.get("token");
  return (carried && world.store.findToken(carried)?.accountId) || null;
}
