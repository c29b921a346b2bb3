import { Problem } from "../../errors.ts";

/** A path below `/api/v3`, read so that we and GitHub see the same. */
export interface ApiPath {
  /** Decoded once. */
  segments: string[];
  /** With its `?`; empty for none. */
  query: string;
}

/**
 * Reads a path as it was sent. Everything that one server reads in one way and another in another is refused, not
 * repaired: empty segments, `.` and `..` in any encoding, parameters after `;`, backslashes, control characters.
 * @param sent what follows `/api/v3`, as it stands in the request's first line
 * @throws Problem `bad_request`
 */
export function readApiPath(sent: string): ApiPath {
  const [, path = "", query = ""] = /^([^?#]*)(\?[^#]*)?$/.exec(sent) ?? [];
  const segments = path === "" || path === "/" ? [] : path.slice(1).split("/").map(decode);
  const whole = path === "" || path.startsWith("/");
  if (!whole || /^\?.*[^\x21-\x7e]/.test(query) || segments.some(isAmbiguous)) throw unreadable();
  return { segments, query };
}

/** The path as it is sent on. */
export function writeApiPath({ segments, query }: ApiPath): string {
  // The root, which `gh auth status` asks for.
  if (segments.length === 0) return `/${query}`;
  return `${segments.map((segment) => `/${encodeURIComponent(segment)}`).join("")}${query}`;
}

function decode(segment: string): string {
  if (!/^[A-Za-z0-9\-._~!$&'()*+,=:@%]+$/.test(segment)) throw unreadable();
  try {
    return decodeURIComponent(segment);
  } catch {
    throw unreadable();
  }
}

/** An encoded slash stands in the names of branches and files; what it parts must be names, too. */
function isAmbiguous(segment: string): boolean {
  const parts = segment.split("/");
  return parts.some((part) => part === "" || part === "." || part === "..") || /[\p{Cc}\\;]/u.test(segment);
}

function unreadable(): Problem {
  return new Problem(
    "bad_request",
    "The path can't be taken: write it without empty parts, dots alone, semicolons, backslashes and control characters.",
  );
}
