/**
 * The one place that knows what a secret looks like in text. The logger passes each finished line through it, and
 * every error that leaves the process its sentence.
 */
const secrets: [RegExp, string][] = [
  // GitHub promises prefixes, not lengths; `ghs_` tokens carry dots (facts/github.md, 9).
  [/\b(gh[pousr]_)[A-Za-z0-9._-]{16,}/g, "$1[redacted]"],
  [/\b(github_pat_)\w{16,}/g, "$1[redacted]"],
  // Our own keys and passes.
  [/\b(obp?_)[A-Za-z0-9_-]{20,}/g, "$1[redacted]"],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, "[redacted jwt]"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, "[redacted private key]"],
  // Credentials in headers and addresses, and the one-time values of an OAuth redirect.
  [/\b(bearer|basic|token) +[A-Za-z0-9._~+/=-]{16,}/gi, "$1 [redacted]"],
  [/(:\/\/[^/\s:@]+:)[^@\s/]+@/g, "$1[redacted]@"],
  [
    /([?&"'](?:code|state|code_verifier|client_secret|access_token|refresh_token)["']?(?:=|: ?)["']?)[^&\s"'}]+/g,
    "$1[redacted]",
  ],
];

/**
 * Replaces whatever looks like a token, key, code or password in a text.
 * @param text a log line, or a sentence for a person
 */
export function redact(text: string): string {
  return secrets.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}
