import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { inject } from "vitest";
import { connectTarget, isLoopback } from "./loopback.ts";

/*
 * No test may reach the network. Everything in Node that opens a TCP connection (http, https, tls, undici's fetch, pg)
 * ends in Socket.connect, and everything that asks for a name first in dns.lookup. This is evaluated once in a process,
 * before the first test file there.
 */
const allowed = new URL(inject("postgres").url).hostname;
const attempts: string[] = [];

/** The hosts that were asked for since the last call, whether or not the code under test swallowed the refusal. */
export function refusedHosts(): string[] {
  return attempts.splice(0);
}

function refusal(host: string): Error {
  attempts.push(host);
  return new Error(`A test tried to reach ${host}. Tests reach loopback addresses only.`);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guarded(this: net.Socket, ...args: unknown[]): net.Socket {
  const host = connectTarget(args);
  if (host === null || host === allowed || isLoopback(host)) return Reflect.apply(connect, this, args);
  const error = refusal(host);
  // Fails as a name that can't be resolved does, so that every client sees an error it knows how to handle.
  const refuse: net.LookupFunction = (_host, _options, callback) => process.nextTick(callback, error, "");
  return Reflect.apply(connect, this, [{ host: "refused.invalid", port: 1, lookup: refuse, autoSelectFamily: false }]);
};

const lookup = dns.lookup;
dns.lookup = Object.assign((host: string, ...rest: unknown[]): void => {
  const callback = rest.at(-1);
  if (host === allowed || isLoopback(host) || typeof callback !== "function") {
    Reflect.apply(lookup, dns, [host, ...rest]);
  } else {
    process.nextTick(callback, refusal(host));
  }
}, lookup);

const lookupPromise = dns.promises.lookup;
const guardedLookup = async (host: string, ...rest: unknown[]) => {
  if (host === allowed || isLoopback(host)) return Reflect.apply(lookupPromise, dns.promises, [host, ...rest]);
  throw refusal(host);
};
Object.defineProperty(dns.promises, "lookup", { value: guardedLookup });
syncBuiltinESMExports();
