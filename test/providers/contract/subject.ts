import type { Fault } from "../../../sandbox/index.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import type { Browser, Page } from "../../harness/browser.ts";
import type { Stack } from "../../harness/stack.ts";

/** Somebody whom a provider knows. */
export interface SubjectPerson {
  /** The stable id, as it must come to stand in `identities.provider_uid`. */
  uid: string;
  /** As the provider's sandbox and its consent page name them. */
  login: string;
}

/** How an answer of the token endpoint can go wrong. */
export type FailureKind = "unreachable" | "throttled" | "refused" | "ours" | "garbled";

/** A provider with its sandbox, for the suite that every provider must pass. */
export interface Subject {
  /** Its id. */
  provider: string;
  stack: Stack;
  /** Where the stack was given providers beside those that its environment configures. */
  providers?: Provider[];
  /**
   * Somebody whom no other test knows.
   * @param owner the person who is signed in, where a provider is the one that they sign in with
   */
  newPerson(owner?: { login: string; id: number }): SubjectPerson;
  /** Answers the provider's page as a person, and goes on to where that leads. */
  consent(browser: Browser, page: Page, person: SubjectPerson, refuse?: string[]): Promise<Page>;
  decline(browser: Browser, page: Page, person: SubjectPerson): Promise<Page>;
  /** Lets the token endpoint's next answer go wrong. */
  fail(operation: "exchange" | "refresh", fault: Omit<Fault, "match">): void;
  /** What the provider answers then, in each of the ways that it has. */
  failures: Record<FailureKind, { exchange: Omit<Fault, "match">[]; refresh: Omit<Fault, "match">[] }>;
  /** Ends the grant from the provider's side, without a word to onbehalf. */
  revoke(person: SubjectPerson): Promise<unknown>;
  /** How many tokens of the person live at the provider. */
  livingTokens(person: SubjectPerson): number;
  /** Whether refresh tokens rotate, or how a test chooses it. */
  rotation: boolean | { set(on: boolean): void };
  /** Whether an app can end a grant there. */
  endsGrants: boolean;
  /** A required scope that a person can refuse; null: there are none, or they can't. */
  refusableScope: string | null;
}

/** Answers that mean the same at every provider. */
export const everywhere = {
  unreachable: [{ dropBefore: true }, { respond: { status: 503, body: "" } }],
  throttled: [{ respond: { status: 429, body: "", headers: { "retry-after": "9" } } }],
  garbled: [{ respond: { status: 200, body: "<h1>Hello</h1>" } }, { respond: { status: 404, body: { message: "?" } } }],
} satisfies Partial<Record<FailureKind, Omit<Fault, "match">[]>>;
