export interface EntryFault {
  path: (string | number)[];
  /** Goes on after the field's name. */
  says: string;
}

/** Where an entry's fields contradict each other. Looks at what was given, so that it is said beside other faults. */
export function contradictions(entry: Record<string, unknown>): EntryFault[] {
  const asked = texts(entry.scopes);
  const required = texts(entry.required_scopes).filter((scope) => !asked.includes(scope));
  const optional = texts(entry.optional_scopes).filter((scope) => asked.includes(scope));
  const rules: [boolean, string, string][] = [
    [
      required.length > 0,
      "required_scopes",
      `names ${required.join(", ")}, which scopes does not ask for: add it there`,
    ],
    [
      optional.length > 0,
      "optional_scopes",
      `names ${optional.join(", ")}, which scopes asks for already: take it out`,
    ],
    [
      entry.kind === "oidc" && !asked.includes("openid"),
      "scopes",
      "must hold openid: without it the provider says nobody's name",
    ],
    ...ofOauth2(entry),
  ];
  return rules.filter(([wrong]) => wrong).map(([, field, says]) => ({ path: [field], says }));
}

function ofOauth2(entry: Record<string, unknown>): [boolean, string, string][] {
  if (entry.kind !== "oauth2") return [];
  const { identity } = entry;
  const fromToken =
    typeof identity === "object" && identity !== null && "from" in identity && identity.from === "token";
  const hasUrl = entry.identity_url !== undefined;
  return [
    [!fromToken && !hasUrl, "identity_url", "is missing: give it, or say identity.from: token"],
    [fromToken && hasUrl, "identity_url", "is never asked with identity.from: token: take one of them out"],
    [entry.identity_body !== undefined && !hasUrl, "identity_body", "needs identity_url"],
    [
      entry.client_authentication === "json" && entry.token_body === "form",
      "token_body",
      "must be json with client_authentication: json",
    ],
    [
      fromToken && entry.check_url === undefined,
      "check_url",
      "is missing: with identity.from: token nothing else tells a dead token from a live one",
    ],
  ];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
