import { randomUUID } from "node:crypto";
import { answerQuestions } from "../stage/answer-questions.ts";
import { openConnection } from "../stage/connection.ts";
import { load } from "./load-messages.ts";
import { makePayloads } from "./payloads.ts";

// The load generator: a process of its own, the same for whoever is measured.

answerQuestions(async (question) => send(load.parse(question)));

async function send({ port, secret, deliveries, connections }: ReturnType<typeof load.parse>) {
  const payloads = makePayloads(secret, 60).map(({ event, body, signature }) => ({
    body: Buffer.from(body),
    head:
      `POST /api/github/webhooks HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nuser-agent: GitHub-Hookshot/0000000\r\n` +
      `accept: */*\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-github-event: ${event}\r\nx-hub-signature-256: ${signature}\r\n`,
  }));
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  let next = 0;
  let refused = 0;
  const begun = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (next < deliveries) {
        const payload = payloads[next++ % payloads.length];
        if (!payload) return;
        const head = Buffer.from(`${payload.head}x-github-delivery: ${randomUUID()}\r\n\r\n`);
        const status = await connection.send(Buffer.concat([head, payload.body]));
        if (status < 200 || status > 299) refused += 1;
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  for (const connection of open) connection.close();
  return { seconds, refused };
}
