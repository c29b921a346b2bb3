/** Where amoCRM's accounts are. Both names of the product are one service. */
const domains = ["amocrm.ru", "amocrm.com", "kommo.com"];

/** Which hosts are an amoCRM account's. */
export interface AccountHosts {
  /** Takes a host as it is written, or refuses it: nothing in it is repaired. */
  allows(host: string): boolean;
  /** An allowed host's first label. */
  subdomainOf(host: string): string;
  originOf(host: string): string;
}

/**
 * The hosts that a token, a code or our client secret may be sent to. A callback's `referer` is whatever its sender
 * likes (facts/amocrm.md, 1): so it is one label of small letters and digits below amoCRM's own domains, without a port, and neither
 * `www` nor punycode, or it is refused.
 * @param webUrl `AMOCRM_URL`. For one on this machine the accounts are `LABEL.localhost` at its port, and nothing else
 */
export function accountHosts(webUrl: string): AccountHosts {
  const { protocol, hostname, port } = new URL(webUrl);
  const local = protocol === "http:";
  const below = local ? [`localhost${port ? `:${port}` : ""}`] : domains;
  const label = "(?!www\\.|..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  const allowed = new RegExp(`^${label}\\.(?:${below.map(quoted).join("|")})$`);
  if (local && !["localhost", "127.0.0.1", "[::1]"].includes(hostname))
    throw new Error(`${hostname} is not this machine`);
  return {
    allows: (host) => allowed.test(host),
    subdomainOf: (host) => host.slice(0, host.indexOf(".")),
    originOf: (host) => `${protocol}//${host}`,
  };
}

function quoted(text: string): string {
  return text.replaceAll(".", "\\.");
}
