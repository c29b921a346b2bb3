import { once } from "node:events";
import { connect } from "node:net";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { endConnectionsAtStop } from "../../src/http/end-connections.ts";

/** A server that stops, with a request under way whose head is here. */
async function stopDuring(head: string, answer: () => Promise<string>) {
  const server = Fastify();
  endConnectionsAtStop(server, 20);
  server.route({ method: ["GET", "POST"], url: "/", handler: answer });
  const { port } = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
  const socket = connect(Number(port), "127.0.0.1");
  let received = "";
  socket.on("data", (data) => {
    received += data;
  });
  const closed = once(socket, "close");
  const asked = once(server.server, "request");
  socket.write(head);
  await asked;
  await server.close();
  await closed;
  return received;
}

test("a stop gives up a request whose body does not come to its end", async () => {
  const head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nhalf";
  expect(await stopDuring(head, async () => "done")).toBe("");
});

test("a stop waits for a request that is here and takes longer", async () => {
  const answer = () => new Promise<string>((resolve) => setTimeout(() => resolve("done"), 100));
  expect(await stopDuring("GET / HTTP/1.1\r\nhost: x\r\n\r\n", answer)).toContain("done");
});
