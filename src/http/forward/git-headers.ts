import type { IncomingHttpHeaders } from "node:http";

/** All that git servers look at. */
const passed = ["accept", "accept-language", "content-type", "user-agent"];

/** What a fetch may have besides: packs asked for with gzip, in any protocol. */
const passedToFetch = [...passed, "accept-encoding", "content-encoding", "git-protocol"];

/**
 * The headers of git's request that go on. About a push protocol 0 is spoken whatever the client can, since its lines
 * are read here, and nothing is compressed.
 */
export function gitHeaders(headers: IncomingHttpHeaders, what: "fetch" | "push"): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const name of what === "fetch" ? passedToFetch : passed) {
    const value = headers[name];
    if (typeof value === "string") forwarded[name] = value;
  }
  const length = headers["content-length"];
  if (what === "fetch" && length !== undefined && headers["transfer-encoding"] === undefined) {
    forwarded["content-length"] = length;
  }
  return forwarded;
}
