import { createHmac, randomBytes, randomUUID } from "node:crypto";
import type { AmocrmSwitches } from "./switches.ts";

const CODE_MS = 20 * 60 * 1000;
const ACCESS_SECONDS = 86_400;
const REFRESH_MS = 92 * 24 * 3600 * 1000;

export interface Owner {
  accountId: number;
  userId: number;
}

interface Code extends Owner {
  expiresAt: number;
  used: boolean;
}

export interface Pair extends Owner {
  access: string;
  refresh: string;
  accessExpiresAt: number;
  refreshExpiresAt: number;
  revoked: boolean;
  /** The pair that the refresh token was exchanged for. */
  next: Pair | null;
  used: boolean;
}

/** Why a code or a refresh token is not good, in amoCRM's words: `hint` of its answer. */
export interface Refusal {
  status: 400 | 401;
  hint: string;
}

/** Codes and pairs of tokens. A refresh token works once. */
export class Grants {
  readonly #claims: { clientId: string; apiDomain: string; baseDomain: string };
  readonly #switches: AmocrmSwitches;
  readonly #codes = new Map<string, Code>();
  readonly #pairs: Pair[] = [];
  readonly #signingKey = randomBytes(32);

  constructor(claims: { clientId: string; apiDomain: string; baseDomain: string }, switches: AmocrmSwitches) {
    this.#claims = claims;
    this.#switches = switches;
  }

  issueCode(owner: Owner): string {
    const code = opaque();
    this.#codes.set(code, { ...owner, expiresAt: Date.now() + CODE_MS, used: false });
    return code;
  }

  exchange(code: string, accountId: number): Pair | Refusal {
    const found = this.#codes.get(code);
    if (found?.accountId !== accountId) return { status: 400, hint: "Cannot decrypt the authorization code" };
    if (found.used) return { status: 400, hint: "Authorization code has been revoked" };
    if (found.expiresAt <= Date.now()) return { status: 400, hint: "Authorization code has expired" };
    found.used = true;
    return this.#issue(found);
  }

  refresh(refresh: string, accountId: number): Pair | Refusal {
    const pair = this.#pairs.find((one) => one.refresh === refresh);
    if (pair?.accountId !== accountId) return { status: 401, hint: "Cannot decrypt the refresh token" };
    if (pair.refreshExpiresAt <= Date.now()) return { status: 401, hint: "Token has expired" };
    const again = this.#switches.spentRefreshWorksUntilNewUsed && pair.next !== null && !pair.next.used;
    if (pair.revoked || (pair.next !== null && !again)) return { status: 401, hint: "Token has been revoked" };
    const next = this.#issue(pair);
    pair.next = next;
    return next;
  }

  /** Whose access token it is, while it works: for a day, also after it was refreshed. */
  byAccess(access: string): Pair | undefined {
    const pair = this.#pairs.find((one) => one.access === access);
    if (!pair || pair.revoked || pair.accessExpiresAt <= Date.now()) return undefined;
    pair.used = true;
    return pair;
  }

  /** Whose refresh token it is, while it works. */
  byRefresh(refresh: string): Pair | undefined {
    return this.#pairs.find((one) => one.refresh === refresh && !one.revoked && one.next === null);
  }

  /** Everything of an account. */
  revokeAccount(accountId: number): void {
    for (const pair of this.#pairs) if (pair.accountId === accountId) pair.revoked = true;
  }

  revokeUser(owner: Owner): void {
    for (const pair of this.#pairs) {
      if (pair.accountId === owner.accountId && pair.userId === owner.userId) pair.revoked = true;
    }
  }

  /** How many of a user's pairs can still do something. */
  living(owner: Owner): number {
    return this.#pairs.filter(
      ({ accountId, userId, revoked, next }) =>
        accountId === owner.accountId && userId === owner.userId && !revoked && next === null,
    ).length;
  }

  isInstalled(accountId: number): boolean {
    return this.#pairs.some((pair) => pair.accountId === accountId && !pair.revoked);
  }

  expireAccess(): void {
    for (const pair of this.#pairs) pair.accessExpiresAt = Math.min(pair.accessExpiresAt, Date.now() - 1);
  }

  ageCodes(milliseconds: number): void {
    for (const code of this.#codes.values()) code.expiresAt -= milliseconds;
  }

  issued(): string[] {
    return [...this.#codes.keys(), ...this.#pairs.flatMap(({ access, refresh }) => [access, refresh])];
  }

  #issue({ accountId, userId }: Owner): Pair {
    const now = Date.now();
    const pair: Pair = {
      accountId,
      userId,
      access: this.#jwt({ accountId, userId }, Math.floor(now / 1000)),
      refresh: opaque(),
      accessExpiresAt: now + ACCESS_SECONDS * 1000,
      refreshExpiresAt: now + REFRESH_MS,
      revoked: false,
      next: null,
      used: false,
    };
    this.#pairs.push(pair);
    return pair;
  }

  /** With the claims of amoCRM's. Nobody outside can verify them there either: no key is published. */
  #jwt({ accountId, userId }: Owner, now: number): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { clientId, apiDomain, baseDomain } = this.#claims;
    const header = encode({ typ: "JWT", alg: "HS256", jti: randomUUID() });
    const body = encode({
      aud: clientId,
      jti: randomUUID(),
      iat: now,
      nbf: now,
      exp: now + ACCESS_SECONDS,
      sub: String(userId),
      grant_type: "",
      account_id: accountId,
      base_domain: baseDomain,
      version: 2,
      scopes: ["crm", "files", "notifications"],
      api_domain: apiDomain,
    });
    const signature = createHmac("sha256", this.#signingKey).update(`${header}.${body}`).digest("base64url");
    return `${header}.${body}.${signature}`;
  }
}

/** As amoCRM's codes and refresh tokens look. */
function opaque(): string {
  return `def50200${randomBytes(300).toString("hex")}`;
}
