import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A GitHub API that answers some addresses as a test wishes, and all others as the sandbox does. */
export interface ApiOrigin {
  url: string;
  /** What came, the sandbox's included. */
  requests: { method: string; path: string; headers: IncomingMessage["headers"] }[];
  /** @param path below the API, without its query */
  on(path: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function startApiOrigin(sandbox: { apiUrl: string }): Promise<ApiOrigin> {
  const behind = new URL(sandbox.apiUrl);
  const answers = new Map<string, Answer>();
  const requests: ApiOrigin["requests"] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    requests.push({ method, path: url, headers });
    const answer = answers.get(url.slice(behind.pathname.length).split("?", 1)[0] ?? "");
    if (answer) return answer(incoming, outgoing);
    const onward = request({ hostname: behind.hostname, port: behind.port, method, path: url, headers }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}${behind.pathname}`,
    requests,
    on: (path, answer) => void answers.set(path, answer),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
