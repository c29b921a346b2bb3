import type { ProblemCode } from "../errors.ts";

/** A request that was answered. */
export interface Answered {
  method: string;
  /** As it is registered, with its placeholders: never what a caller wrote. */
  route: string | undefined;
  status: number;
  seconds: number;
}

/** Something that was done, or tried, in a person's or the App's name. */
export interface Acted {
  action: "commit" | "pull_request" | "api.read" | "api.write" | "git.fetch" | "git.lfs" | "git.push";
  attribution: "user" | "app";
  result: "succeeded" | "failed";
  /** Why the App acted instead of the person, or why it failed: a code. */
  reason?: string | null | undefined;
}

export type RefreshResult = "renewed" | "refused" | "unreachable" | "throttled" | "garbled" | "ours" | "failed";

/** Bytes that callers sent to, and got from, a provider through us. */
export interface Moved {
  surface: "proxy" | "look-alike" | "git";
  received: number;
  sent: number;
}

/**
 * What is counted while it happens. Each count is an addition in memory and nothing else; its labels are words of ours,
 * so that none names anybody and their number is bounded.
 */
export interface Counts {
  answered(request: Answered): void;
  /** A problem was answered. */
  refused(code: ProblemCode): void;
  acted(action: Acted): void;
  refreshed(provider: string, result: RefreshResult, seconds: number): void;
  /** A webhook was handled, is tried again, or was parked. */
  delivered(provider: string, result: "handled" | "postponed" | "parked"): void;
  moved(bytes: Moved): void;
}
