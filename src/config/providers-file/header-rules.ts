/** What belongs to the connection, or says who is asking from where: never an operator's to set (RFC 9110, 7.6.1). */
const notOurs = [
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "content-length",
  "content-encoding",
  "expect",
  "cookie",
  "set-cookie",
  "forwarded",
];
const notOursBy = ["proxy-", "sec-", "x-forwarded-", ":"];

/** What is wrong with a header's name; null when nothing is. */
export function headerNameFault(name: string): string | null {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) return "is no name of a header";
  const lower = name.toLowerCase();
  if (notOurs.includes(lower) || notOursBy.some((prefix) => lower.startsWith(prefix))) {
    return "is a header of the connection or of a browser, which a provider can't need: take it out";
  }
  return null;
}

/** Visible ASCII and spaces: no line break can begin another header. */
export const headerValue = /^[\x20-\x7e]{1,1000}$/;

/** Where the access token stands in a header's value. */
export const tokenPlace = "{token}";
