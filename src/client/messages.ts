import { z } from "zod";

/** One file's change. */
export type CommitChange =
  | { path: string; content: string; mode?: "100644" | "100755" | "120000" }
  | { path: string; content_base64: string; mode?: "100644" | "100755" | "120000" }
  | { path: string; delete: true };

/** What to commit. "The request" in docs/act.md says what each field means. */
export interface CommitWish {
  /** With the account at which GitHub App; the pass's, or `github`, unless given. */
  provider?: "github" | "github-lite";
  /** `owner/name` */
  repository: string;
  branch: string;
  base?: string;
  expected_head?: string;
  message: { headline: string; body?: string };
  changes: CommitChange[];
  attribution?: "user" | "app" | "user-or-app";
  require_verified?: boolean;
  co_authors?: { name: string; email: string }[];
  credit_bot?: boolean;
  sign_off?: boolean;
  requested_by?: string;
  run_url?: string;
  pull_request?: {
    title: string;
    body?: string;
    base?: string;
    draft?: boolean;
    attribution?: "user" | "app" | "user-or-app";
  };
}

const attribution = z.enum(["user", "app"]);

// Loose: a newer onbehalf may say more.
export const commitAnswer = z.looseObject({
  oid: z.string(),
  url: z.string(),
  branch: z.string(),
  verified: z.boolean(),
  attribution,
  transport: z.enum(["graphql", "git-data"]),
  author: z.object({ login: z.string().nullable(), name: z.string(), email: z.string() }),
  fallback_reason: z.string().optional(),
  signed_off: z.boolean().optional(),
  pull_request: z.looseObject({ number: z.number(), url: z.string(), attribution, created: z.boolean() }).optional(),
  pull_request_error: z.object({ code: z.string(), detail: z.string() }).optional(),
});
export type CommitAnswer = z.infer<typeof commitAnswer>;

/** What a pass is for. */
export interface PassWish {
  /** With the account at which GitHub App; `github` unless given. */
  provider?: "github" | "github-lite";
  /** Exact names. */
  repositories: string[];
  /** Names and patterns with `*`; left out: all that the person allowed. */
  branches?: string[];
  paths?: string[];
  capabilities: ("commit" | "push" | "pull-request" | "api:read" | "api:write" | "workflows")[];
  /** Seconds, 60 to 28,800. */
  expires_in: number;
  requested_by?: string;
  run_url?: string;
}

export const passAnswer = z.looseObject({ id: z.string(), pass: z.string(), expires_at: z.string() });
export type Pass = z.infer<typeof passAnswer>;

export const gitIdentityAnswer = z.looseObject({ name: z.string(), email: z.string() });
export type GitIdentity = z.infer<typeof gitIdentityAnswer>;

export const problemAnswer = z.looseObject({
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  action_url: z.string().optional(),
  head: z.string().optional(),
});
