import type { Adapter, AdapterPayload } from "oidc-provider";
import type { OpenidClient } from "./openid-provider.ts";
import type { OpenidSwitches } from "./switches.ts";

interface Row {
  model: string;
  id: string;
  payload: AdapterPayload;
  /** Milliseconds. */
  expiresAt: number;
}

const tokens = ["AccessToken", "RefreshToken", "AuthorizationCode"];

/** What oidc-provider keeps, in memory: tokens, grants, sessions. Clients are read anew each time, since tests change them. */
export class TokenStore {
  readonly #rows = new Map<string, Row>();
  readonly #issued: string[] = [];
  readonly #clients: OpenidClient[];
  readonly #switches: OpenidSwitches;

  constructor(clients: OpenidClient[], switches: OpenidSwitches) {
    this.#clients = clients;
    this.#switches = switches;
  }

  /** Remembers a token that oidc-provider doesn't keep. */
  noteIssued(token: string): void {
    this.#issued.push(token);
  }

  issued(): string[] {
    return [...this.#issued];
  }

  /** A living access or refresh token, by its value. */
  findToken(value: string): AdapterPayload | undefined {
    return this.#find("AccessToken", value) ?? this.#find("RefreshToken", value);
  }

  living(model: string): AdapterPayload[] {
    return [...this.#rows.values()].filter((row) => row.model === model && isLiving(row)).map(({ payload }) => payload);
  }

  /** Removes what a person gave to clients: all tokens, codes and grants. */
  revoke(sub: string, isOf: (clientId: string) => boolean): void {
    const spared = this.#switches.accessTokensOutliveRevocation ? ["AccessToken", "Grant"] : [];
    for (const [key, { model, payload }] of this.#rows) {
      const granted = (tokens.includes(model) || model === "Grant") && !spared.includes(model);
      if (granted && payload.accountId === sub && isOf(payload.clientId ?? "")) this.#rows.delete(key);
    }
  }

  expireAccessTokens(sub: string): void {
    const past = Math.floor(Date.now() / 1000) - 60;
    for (const row of this.#rows.values()) {
      if (row.model === "AccessToken" && row.payload.accountId === sub) row.payload = { ...row.payload, exp: past };
    }
  }

  adapter(model: string): Adapter {
    const remove = (fits: (row: Row) => boolean) => {
      for (const [key, row] of this.#rows) if (fits(row)) this.#rows.delete(key);
    };
    return {
      upsert: async (id, payload, expiresIn) => {
        const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
        this.#rows.set(`${model}:${id}`, { model, id, payload, expiresAt });
        if (tokens.includes(model)) this.#issued.push(id);
        if (model === "RefreshToken") this.#dropOldest(payload);
      },
      find: async (id) => (model === "Client" ? this.#client(id) : this.#find(model, id)),
      findByUid: async (uid) => this.living(model).find((payload) => payload.uid === uid),
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const payload = this.#find(model, id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => remove((row) => row.model === model && row.id === id),
      revokeByGrantId: async (grantId) => remove((row) => row.model === model && row.payload.grantId === grantId),
    };
  }

  #find(model: string, id: string): AdapterPayload | undefined {
    const row = this.#rows.get(`${model}:${id}`);
    return row && isLiving(row) ? row.payload : undefined;
  }

  #dropOldest({ accountId, clientId }: AdapterPayload): void {
    const theirs = [...this.#rows].filter(
      ([, { model, payload }]) =>
        model === "RefreshToken" && payload.accountId === accountId && payload.clientId === clientId,
    );
    for (const [key] of theirs.slice(0, Math.max(0, theirs.length - this.#switches.refreshTokenLimit))) {
      this.#rows.delete(key);
    }
  }

  #client(id: string): AdapterPayload | undefined {
    const client = this.#clients.find(({ clientId }) => clientId === id);
    return (
      client && {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...client.redirectUris],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        // The one or the other way of sending the secret is taken.
        token_endpoint_auth_method: "client_secret_basic",
      }
    );
  }
}

function isLiving({ expiresAt }: Row): boolean {
  return expiresAt > Date.now();
}
