/**
 * The one place that knows what a secret looks like in text. The logger passes each finished line through it, and
 * every error that leaves the process its sentence. Lines are JSON, possibly with JSON within: quotes may be escaped,
 * and what is left must still be JSON.
 */
const named = "code_verifier|connect_code|client_secret|access_token|refresh_token|id_token|password";

/** Words that stand where a secret could: problem codes, states, names of Node's errors. */
const word = String.raw`(?:[a-z_]+|[A-Z][A-Z0-9_]*)\\*["']`;

const secrets: [RegExp, string][] = [
  // GitHub promises prefixes, not lengths; `ghs_` tokens carry dots (facts/github.md, 9). No \b: `%3D` may precede.
  [/(gh[pousr]_)[A-Za-z0-9._-]{16,}/g, "$1[redacted]"],
  [/(github_pat_)\w{16,}/g, "$1[redacted]"],
  // amoCRM's codes and refresh tokens.
  [/(def50200)[0-9a-f]{16,}/g, "$1[redacted]"],
  // Our own keys and passes, the secrets that sign events, session cookies, and master keys as ENCRYPTION_KEYS has them.
  [/(obp?_)[A-Za-z0-9_-]{43}/g, "$1[redacted]"],
  [/(whsec_)[A-Za-z0-9+/]{16,}={0,2}/g, "$1[redacted]"],
  [/(\bonbehalf(?:-setup)?=)[A-Za-z0-9_-]{43}/g, "$1[redacted]"],
  [/([A-Za-z0-9_-]{1,32}:)[A-Za-z0-9+/]{43}=/g, "$1[redacted]"],
  // Tried at the beginning of a word alone, or a long run of `eyJ` would be read once for each.
  [
    /(?<=^|[^A-Za-z0-9_-]|%[0-9A-Fa-f]{2}|\\[bfnrt])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
    "[redacted jwt]",
  ],
  // Whole, cut off, or as one piece of base64. What ends a JSON string ends it, with the backslashes before that quote.
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\-]+|\\+(?![\\"])|-(?!----END))*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g,
    "[redacted private key]",
  ],
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/_-]+=*/g, "[redacted private key]"],
  // Bytes could be any of these, such as the raw request on an error of Node's HTTP parser.
  [/\{(\\*")type\1:\1Buffer\1,\1data\1:\[[\d,]*\]\}/g, "$1[bytes]$1"],
  [/<Buffer [0-9a-f ]*(?:\.\.\. \d+ more bytes?)?>/g, "<Buffer>"],
  // Credentials in headers and addresses.
  [/\b(bearer|basic|token) +[A-Za-z0-9._~+/=-]{16,}/gi, "$1 [redacted]"],
  [/(:\/\/[^/\s:@"]*:)[^@\s/"]+@/g, "$1[redacted]@"],
  [
    new RegExp(
      String.raw`((?:${named})\\*["']?\s*(?:=|:|%3D)\s*\\*["']?)(?!null\b|true\b|false\b|\[redacted)[^&\s"'}\\,)%]+`,
      "gi",
    ),
    "$1[redacted]",
  ],
  // The one-time values of an OAuth redirect and of set-up's links, in an address or a form, and as a field.
  [/((?:[?&]|%3F|%26)(?:code|state|token|handover)(?:=|%3D))[^&\s"'}\\%]+/gi, "$1[redacted]"],
  [/(?<![\w?&])((?:code|state)=)[^&\s"'}\\]{6,}/g, "$1[redacted]"],
  [
    new RegExp(String.raw`(?<!\w)((?:code|state)\\*["']?\s*:\s*\\*["'])(?!${word})[A-Za-z0-9._~+/=-]{10,}`, "g"),
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
