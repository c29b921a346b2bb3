import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";

/** Streams a CGI child's answer: its header lines, then its body as it comes. */
export async function forwardCgi(child: ChildProcess & { stdout: Readable }, response: ServerResponse): Promise<void> {
  const closed = once(child, "close");
  // A client that went away must not leave git behind.
  const gone = new AbortController();
  response.on("close", () => {
    child.kill();
    gone.abort();
  });
  let head = Buffer.alloc(0);
  let started = false;
  for await (const chunk of child.stdout) {
    if (started) {
      if (!response.write(chunk) && !response.destroyed)
        await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    started = true;
    writeHead(response, head.subarray(0, end).toString());
    response.write(head.subarray(end + 4));
  }
  await closed.catch(() => undefined);
  if (!started) response.statusCode = 500;
  response.end();
}

function writeHead(response: ServerResponse, text: string) {
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}
