/** An address below `/hooks/{provider}` at which a provider tells us something by itself. */
export interface Hook {
  method: "GET" | "POST";
  /** What follows `/hooks/{provider}`: nothing, or `/name`. */
  path: string;
  /**
   * Whether the provider sent this, and what it says. Nothing is changed by it yet.
   * @param request.body as it was sent; empty for GET
   * @throws ForgedEvent with the code that the sender is answered with; ProviderFailure when it can't be found out now
   */
  read(request: { query: URLSearchParams; body: string }): Promise<ProviderEvent>;
}

/** What a provider says happened. */
export interface ProviderEvent {
  /** The provider's own id of it: a repeat is dropped. Null: it has none, so it is only believed after asking the provider. */
  id: string | null;
  /**
   * When the provider says that it said so, in seconds since 1970; without it, now. A repeat is known for some days only,
   * so what began after it is never ended by it.
   */
  saidAt?: number;
  /** As it stands in the audit log and in the table of deliveries. */
  name: string;
  about: EventSubject;
  means: EventMeaning;
  /** For the log. */
  note?: string;
}

/**
 * Whom it is about: a person by their stable id; every person whose id begins so (an amoCRM account); whoever's refresh
 * token the provider names so; or nobody.
 */
export type EventSubject =
  | { kind: "identity"; providerUid: string }
  | { kind: "identities"; providerUidPrefix: string }
  | { kind: "refresh_token"; name: string }
  | { kind: "nobody" };

/**
 * - `check`: the grant may be over: the provider is asked, and only what is dead ends.
 * - `hijacked`: the same, and whoever is signed in as that person may be somebody else.
 * - `sessions_ended`: whoever is signed in as that person has to sign in again.
 * - `nothing`: it is noted.
 */
export type EventMeaning = "check" | "hijacked" | "sessions_ended" | "nothing";
