import { BlockList, isIP } from "node:net";

/** Whether a host name or address can only mean this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  const family = isIP(bare);
  if (family === 0) return bare === "localhost" || bare.endsWith(".localhost");
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8);
  loopback.addAddress("0.0.0.0");
  loopback.addAddress("::1", "ipv6");
  loopback.addAddress("::", "ipv6");
  return loopback.check(bare, family === 6 ? "ipv6" : "ipv4");
}

/**
 * The host that Socket.connect was called for, or null for a local socket file. It takes (options), (port, host?),
 * (path), or, from within Node, all of these normalised into one array.
 */
export function connectTarget(args: unknown[]): string | null {
  const [first, second] = args;
  if (Array.isArray(first)) return connectTarget(first);
  if (typeof first === "object" && first !== null) {
    if ("path" in first && first.path) return null;
    return "host" in first && typeof first.host === "string" ? first.host : "localhost";
  }
  if (typeof first === "string" && !/^\d+$/.test(first)) return null;
  return typeof second === "string" ? second : "localhost";
}
