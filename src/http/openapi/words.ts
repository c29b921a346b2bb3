/** What the operations are about, in the order in which the document lists them. */
export const areas = [
  { name: "Commits", description: "What a bot does as a person." },
  { name: "Passes", description: "Keys for hours, to hand into a sandbox: one bot, one person, named repositories." },
  { name: "Users", description: "A host platform's users, their accounts, and the end of either." },
  { name: "Permissions", description: "Which bots may act as whom." },
  { name: "Audit log", description: "What was done, by whom, as whom, and with what result." },
  { name: "Repositories", description: "Mirrors that onbehalf keeps for a host platform." },
  { name: "Health", description: "For load balancers and orchestrators." },
] as const;

export type Area = (typeof areas)[number]["name"];

/** What stands above the operations. A client's author reads this first. */
export const introduction = `onbehalf lets bots act as the person who asked, without ever holding that person's token.

Bodies and answers are JSON in UTF-8. A field or parameter that isn't listed is refused with \`unknown_field\`, so that a misspelt one does no harm. In answers, fields can be added: pass over those that you don't know. Times are RFC 3339 in UTC.

A user is named by their \`id\`, by \`ext.ID\` (a host platform's own id, percent-encoded) or by \`gh.NUMBER\` (their id at GitHub). Where somebody is only looked up, \`@LOGIN\` also will do.

Lists are answered as \`items\`, with the address of the next page in \`next\` where there is one.

Whatever is refused is answered with a problem (RFC 9457): its \`code\` is stable, its \`detail\` says how to repair it. Codes can be added: go by the status then. With 429 and 503 \`Retry-After\` says when the same call may succeed. Every answer has an \`X-Request-Id\`, under which the log and the audit log have it.

These are protocols of others, and are not described here:

- GitHub's REST API at \`/api/v3\` and its GraphQL at \`/api/graphql\`, for clients that have a pass.
- Git over HTTPS, and Git LFS, at \`/{owner}/{repo}.git\`, with a pass as password.
- Other providers' APIs at \`/proxy/{provider}/…\`.
- Webhooks that GitHub sends to \`/api/github/webhooks\`, and what other providers send to \`/hooks/{provider}\`.
- Events that onbehalf sends to a host platform (Standard Webhooks).`;

/** The keys. All of them are sent as `Authorization: Bearer …`. */
export const securitySchemes = {
  botKey: {
    type: "http",
    scheme: "bearer",
    description: "A bot's key, `ob_…`, which `bots create NAME` prints.",
  },
  platformKey: {
    type: "http",
    scheme: "bearer",
    description: "A host platform's key, `ob_…`, which `bots create NAME --kind platform` prints.",
  },
  pass: {
    type: "http",
    scheme: "bearer",
    description: "A pass, `obp_…`, which `POST /api/v1/passes` answers with.",
  },
} as const;
