import type { Switches } from "../switches.ts";
import { randomText } from "./random-text.ts";

export const ACCESS_SECONDS = 28_800;
export const REFRESH_SECONDS = 15_897_600;
const MOST_PER_PERSON = 10;

export interface UserToken {
  id: number;
  personId: number;
  access: string;
  refresh: string | null;
  accessExpiresAt: number | null;
  refreshExpiresAt: number | null;
  accessAlive: boolean;
  refreshAlive: boolean;
  /** Narrowed to one repository with `repository_id` at the exchange. */
  repositoryId: number | null;
  /** A scoped token: the one that it was made from, and what it is limited to. */
  scoped: ScopedLimits | null;
  createdAt: number;
}

export interface ScopedLimits {
  parent: UserToken;
  /** Null: every repository of the target. */
  repositoryIds: Set<number> | null;
  owner: string;
  permissions: Record<string, string>;
}

/** The people's tokens for the app, and the grants that they come from. */
export class UserTokens {
  readonly #switches: Switches;
  readonly #tokens: UserToken[] = [];
  readonly #byAccess = new Map<string, UserToken>();
  readonly #byRefresh = new Map<string, UserToken>();
  readonly #grants = new Set<number>();
  #nextId = 1_204_800_001;

  constructor(switches: Switches) {
    this.#switches = switches;
  }

  issue(personId: number, repositoryId: number | null = null): UserToken {
    const expiring = this.#switches.expiringTokens;
    const now = Date.now();
    const token: UserToken = {
      id: this.#nextId++,
      personId,
      access: `ghu_${randomText(this.#switches.accessTokenLength)}`,
      refresh: expiring ? `ghr_${randomText(76)}` : null,
      accessExpiresAt: expiring ? now + ACCESS_SECONDS * 1000 : null,
      refreshExpiresAt: expiring ? now + REFRESH_SECONDS * 1000 : null,
      accessAlive: true,
      refreshAlive: expiring,
      repositoryId,
      scoped: null,
      createdAt: now,
    };
    return this.#add(token);
  }

  /** A narrower token, without a refresh token. */
  issueScoped(scoped: ScopedLimits): UserToken {
    const { parent } = scoped;
    const own = parent.accessExpiresAt === null ? null : Date.now() + ACCESS_SECONDS * 1000;
    return this.#add({
      ...parent,
      id: this.#nextId++,
      access: `ghu_${randomText(this.#switches.accessTokenLength)}`,
      refresh: null,
      refreshExpiresAt: null,
      accessExpiresAt: this.#switches.scopedTokenEndsWithParent ? parent.accessExpiresAt : own,
      accessAlive: true,
      refreshAlive: false,
      scoped,
      createdAt: Date.now(),
    });
  }

  #add(token: UserToken): UserToken {
    this.#tokens.push(token);
    this.#byAccess.set(token.access, token);
    if (token.refresh) this.#byRefresh.set(token.refresh, token);
    this.#grants.add(token.personId);
    this.#evict(token.personId);
    return token;
  }

  /** The row of an access token that works now. */
  byAccess(access: string): UserToken | undefined {
    const token = this.#byAccess.get(access);
    if (!token?.accessAlive) return undefined;
    if (token.scoped && this.#switches.scopedTokenEndsWithParent && !token.scoped.parent.accessAlive) return undefined;
    return token.accessExpiresAt === null || token.accessExpiresAt > Date.now() ? token : undefined;
  }

  /** The row of a refresh token that works now. */
  byRefresh(refresh: string): UserToken | undefined {
    const token = this.#byRefresh.get(refresh);
    return token && refreshable(token) ? token : undefined;
  }

  /** Single use: the old pair dies as the new one is made. */
  rotate(token: UserToken): UserToken {
    this.kill(token);
    return this.issue(token.personId, token.repositoryId);
  }

  kill(token: UserToken): void {
    token.accessAlive = false;
    token.refreshAlive = false;
  }

  killAll(personId: number): void {
    for (const token of this.#tokens) if (token.personId === personId) this.kill(token);
    this.#grants.delete(personId);
  }

  /** Ends everything, as the end of the app does. */
  endAll(): void {
    for (const personId of [...this.#grants]) this.killAll(personId);
  }

  expireAccess(personId: number): void {
    for (const token of this.alive(personId))
      token.accessExpiresAt = Math.min(token.accessExpiresAt ?? Date.now(), Date.now() - 1);
  }

  hasGrant(personId: number): boolean {
    return this.#grants.has(personId);
  }

  /** The grants, each with the tokens that can still do something. */
  grants(): { personId: number; tokens: number }[] {
    return [...this.#grants].map((personId) => ({ personId, tokens: this.alive(personId).length }));
  }

  alive(personId: number): UserToken[] {
    return this.#tokens.filter(
      (token) => token.personId === personId && (this.byAccess(token.access) !== undefined || refreshable(token)),
    );
  }

  issued(): string[] {
    return [...this.#byAccess.keys(), ...this.#byRefresh.keys()];
  }

  #evict(personId: number) {
    if (!this.#switches.evictOldestToken) return;
    const alive = this.alive(personId).filter((one) => !one.scoped || this.#switches.scopedTokensCount);
    for (const token of alive.slice(0, Math.max(0, alive.length - MOST_PER_PERSON))) this.kill(token);
  }
}

function refreshable(token: UserToken) {
  return token.refreshAlive && (token.refreshExpiresAt ?? 0) > Date.now();
}
