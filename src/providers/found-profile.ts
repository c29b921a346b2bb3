import type { Profile } from "../grant.ts";
import { ProviderFailure } from "./failure.ts";
import { valueAt } from "./token-answer.ts";

/** Where in an answer a person is found. */
export interface ProfilePaths {
  /** Several are joined with a colon. */
  uid: readonly string[];
  login?: string | undefined;
  name?: string | undefined;
  email?: string | undefined;
  avatar?: string | undefined;
}

/** Characters. */
const longest = 500;

/**
 * Reads who somebody is. What isn't found counts as not said, but for the id.
 * @throws ProviderFailure `garbled`
 */
export function readProfile(
  answer: unknown,
  paths: ProfilePaths,
  options: { name: string; pictureOrigins: readonly string[] },
): Profile {
  const parts = paths.uid.map((path) => textAt(answer, path));
  if (parts.some((part) => part === null || (parts.length > 1 && part.includes(":")))) {
    throw new ProviderFailure("garbled", `${options.name}'s answer does not say who it is about`);
  }
  const uid = parts.join(":");
  const [login, displayName, email, avatar] = [paths.login, paths.name, paths.email, paths.avatar].map((path) =>
    path === undefined ? null : textAt(answer, path),
  );
  return {
    uid,
    login: login ?? displayName ?? email ?? uid,
    displayName: displayName ?? null,
    email: email ?? null,
    // Our pages load pictures from nowhere else.
    avatarUrl: avatar && options.pictureOrigins.includes(URL.parse(avatar)?.origin ?? "") ? avatar : null,
  };
}

/** Text that a database takes: PostgreSQL knows no NUL. Ids are numbers somewhere. */
function textAt(answer: unknown, path: string): string | null {
  const value = valueAt(answer, path);
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === "string" && text !== "" && text.length <= longest && !text.includes("\0") ? text : null;
}
