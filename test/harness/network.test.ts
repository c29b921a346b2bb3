import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, get } from "node:http";
import net from "node:net";
import tls from "node:tls";
import { expect, test } from "vitest";
import { connectTarget, isLoopback } from "./loopback.ts";

test.each(["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "app.localhost", "::ffff:127.0.0.1"])(
  "%s is this machine",
  (host) => expect(isLoopback(host)).toBe(true),
);

test.each(["192.0.2.1", "2001:db8::1", "github.com", "localhost.example", "10.0.0.1", "::ffff:192.0.2.1"])(
  "%s is elsewhere",
  (host) => expect(isLoopback(host)).toBe(false),
);

test("the host is found in every form of connect's arguments", () => {
  expect(connectTarget([443, "github.com"])).toBe("github.com");
  expect(connectTarget(["443", "github.com"])).toBe("github.com");
  expect(connectTarget([{ port: 443, host: "github.com" }])).toBe("github.com");
  expect(connectTarget([[{ port: 443, host: "github.com" }, null]])).toBe("github.com");
  expect(connectTarget([80])).toBe("localhost");
  expect(connectTarget(["/run/socket"])).toBeNull();
});

// `fails` is the point: the attempt fails the test although the error was caught.
test.fails("fetch elsewhere fails the test", async () => {
  await fetch("https://github.com/").catch(() => {});
});
test.fails("http elsewhere fails the test", async () => {
  await once(get("http://192.0.2.1/"), "error").catch(() => {});
});
test.fails("tls elsewhere fails the test", async () => {
  await once(tls.connect(443, "github.com"), "secureConnect").catch(() => {});
});
test.fails("a plain socket elsewhere fails the test", async () => {
  await once(net.connect(22, "2001:db8::1"), "connect").catch(() => {});
});
test.fails("looking up a name elsewhere fails the test", async () => {
  await lookup("github.com").catch(() => {});
});

test("fetch on loopback works", async () => {
  const server = createServer((_, response) => response.end("here"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("no port");
  expect(await (await fetch(`http://127.0.0.1:${address.port}/`)).text()).toBe("here");
  server.close();
});
