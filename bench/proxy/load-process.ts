import { request } from "node:http";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { answerQuestions } from "../stage/answer-questions.ts";
import { openConnection } from "../stage/connection.ts";
import { median } from "../stage/median.ts";
import { type Errand, errand } from "./messages.ts";

// The load generator: a process of its own, the same for whoever is measured.

answerQuestions(async (question) => {
  const wanted = errand.parse(question);
  return wanted.do === "ask" ? ask(wanted) : move(wanted);
});

async function ask({ port, passes, path, requests, connections }: Extract<Errand, { do: "ask" }>) {
  const requestWith = (pass: string) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: token ${pass}\r\n` +
        "accept: application/vnd.github.v3+json\r\nuser-agent: octokit-core.js/7.0.8 Node.js/24\r\n\r\n",
    );
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const took: number[] = [];
  let begunRequests = 0;
  let refused = 0;
  const begun = performance.now();
  await Promise.all(
    open.map(async (connection, index) => {
      const text = requestWith(passes[index % passes.length] ?? "");
      while (begunRequests < requests) {
        begunRequests += 1;
        const sent = performance.now();
        const status = await connection.send(text);
        took.push(performance.now() - sent);
        if (status < 200 || status > 299) refused += 1;
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  for (const connection of open) connection.close();
  return { seconds, p50: median(took), refused };
}

/** Sends or fetches one large body. */
async function move({ do: way, port, passes, path, bytes }: Extract<Errand, { do: "send" | "fetch" }>) {
  const piece = Buffer.alloc(64 * 1024);
  async function* body() {
    for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
  }
  let size = 0;
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done();
    },
  });
  const begun = performance.now();
  const headers = {
    authorization: `token ${passes[0]}`,
    ...(way === "send" ? { "content-type": "application/octet-stream", "content-length": bytes } : {}),
  };
  const outgoing = request({ host: "127.0.0.1", port, path, method: way === "send" ? "POST" : "GET", headers });
  const answered = new Promise<void>((resolve, reject) => {
    outgoing.once("error", reject).once("response", (answer) => {
      const fine = answer.statusCode !== undefined && answer.statusCode < 300;
      if (!fine) reject(new Error(`a large body was answered with ${answer.statusCode}`));
      else pipeline(answer, count).then(resolve, reject);
    });
  });
  await Promise.all([way === "send" ? pipeline(Readable.from(body()), outgoing) : outgoing.end(), answered]);
  if (way === "fetch" && size !== bytes) throw new Error(`${size} of ${bytes} bytes came`);
  return { seconds: (performance.now() - begun) / 1000 };
}
