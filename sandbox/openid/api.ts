import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "./send-json.ts";
import type { OpenidWorld } from "./world.ts";

interface Call {
  method: string;
  path: string;
  body: string;
}

const calendarScope = "https://www.googleapis.com/auth/calendar";

/** An API that wants an access token with the right scope: Google's calendar, or notes. */
export class Api {
  readonly #world: OpenidWorld;
  /** By whose they are. */
  readonly #items = new Map<string, object[]>();

  constructor(world: OpenidWorld) {
    this.#world = world;
  }

  serves(path: string): boolean {
    return path.startsWith(this.#world.shape === "google" ? "/calendar/v3/" : "/api/notes");
  }

  answer(request: IncomingMessage, response: ServerResponse, call: Call): void {
    const [, bearer = ""] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const token = this.#world.store.findToken(bearer);
    const expired = (token?.exp ?? 0) * 1000 <= Date.now();
    if (token?.kind !== "AccessToken" || expired) {
      this.#refuse(response, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
      return;
    }
    const write = call.method !== "GET";
    const wanted =
      this.#world.shape === "google"
        ? [calendarScope, `${calendarScope}.events`, ...(write ? [] : [`${calendarScope}.readonly`])]
        : [write ? "notes:write" : "notes:read"];
    const granted = (token.scope ?? "").split(" ");
    if (!wanted.some((scope) => granted.includes(scope))) {
      this.#refuse(response, 403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.");
      return;
    }
    const items = this.#items.get(token.accountId ?? "") ?? [];
    if (!write) {
      sendJson(response, 200, { kind: "calendar#events", items });
      return;
    }
    const item: object = { ...parse(call.body), id: `item${items.length + 1}`, creator: { id: token.accountId } };
    this.#items.set(token.accountId ?? "", [...items, item]);
    sendJson(response, 200, item);
  }

  #refuse(response: ServerResponse, code: number, status: string, message: string): void {
    const challenge = code === 401 ? 'Bearer error="invalid_token"' : 'Bearer error="insufficient_scope"';
    sendJson(response, code, { error: { code, message, status } }, { "www-authenticate": challenge });
  }
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
