import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { listening, originOrder } from "./messages.ts";
import { answerPath, downloadPath, repository, uploadPath } from "./paths.ts";

// GitHub's API as the loads see it: one small answer, one large one, and room for a large body. What else is asked, for
// setting up, the sandbox answers.

const { apiUrl, bytes } = originOrder.parse(JSON.parse(process.argv[2] ?? ""));
const small = Buffer.from(JSON.stringify({ number: 1, title: "It does not work", body: "x".repeat(2_000) }));
const piece = Buffer.alloc(64 * 1024);
const headers = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "private, max-age=60, s-maxage=60",
  vary: "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With",
  etag: 'W/"8b02a2a2d5b1f4d6b1f7c0a5c9c7f1d4"',
  "x-github-media-type": "github.v3; format=json",
  "x-github-api-version-selected": "2022-11-28",
  "x-ratelimit-limit": "5000",
  "x-ratelimit-remaining": "4999",
  "x-ratelimit-reset": "1795000000",
  "x-ratelimit-used": "1",
  "x-ratelimit-resource": "core",
  "x-github-request-id": "C0DE:1234:5678:9ABC:67890123",
};

const server = createServer((incoming, answer) => {
  handle(incoming, answer).catch((error) => {
    console.error(error);
    answer.destroy();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.on("disconnect", () => process.exit(0));
const address = server.address();
if (address === null || typeof address === "string") throw new Error("no port");
process.send?.(listening.parse({ port: address.port }));

async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  // Of a pass's repository onbehalf asks by its number, as GitHub takes it, too.
  const url = incoming.url?.replace(/^\/repositories\/\d+(?=\/)/, `/repos/${repository}`);
  if (url === answerPath) {
    answer.writeHead(200, { ...headers, "content-length": small.length }).end(small);
  } else if (url === downloadPath) {
    answer.writeHead(200, { ...headers, "content-type": "application/zip", "content-length": bytes });
    await pipeline(largeBody, answer);
  } else if (url === uploadPath) {
    let size = 0;
    for await (const chunk of incoming) size += Buffer.isBuffer(chunk) ? chunk.length : 0;
    // Whoever sent it is told if it did not come whole.
    answer.writeHead(size === bytes ? 202 : 400, headers).end(small);
  } else {
    await sendOn(incoming, answer);
  }
}

async function* largeBody(): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
}

function sendOn(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, headers: said } = incoming;
    const outgoing = request(`${apiUrl}${incoming.url}`, { method, headers: said }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      pipeline(answered, answer).then(resolve, reject);
    });
    outgoing.once("error", reject);
    incoming.pipe(outgoing);
  });
}
