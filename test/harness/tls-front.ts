import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The name that the README has (RFC 2606): only through the front's own proxy does anybody get there. */
export const frontHost = "onbehalf.example.com";

/** onbehalf as it stands on a server: below a host's name, behind a proxy that speaks TLS. */
export interface TlsFront {
  url: string;
  /** What lets programs reach it, and trust its certificate: gh, and git with its curl. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Speaks TLS for `target`, with a certificate made for it. A program comes in by an HTTP proxy on loopback, which
 * leads to no other host: gh takes no port in a host's name, and 443 is not everybody's.
 * @throws when openssl is missing
 */
export async function startTlsFront(target: string): Promise<TlsFront> {
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-tls-"));
  const { key, cert } = makeCertificate(folder);
  const tls = createTlsServer({ key: await readFile(key), cert: await readFile(cert) }, (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const { hostname, port } = new URL(target);
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const sockets = new Set<Socket>();
  const proxy = createServer((_request, answer) => answer.writeHead(403).end());
  proxy.on("connect", (request, socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    if (request.url !== `${frontHost}:443`) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    return tls.emit("connection", socket);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `https://${frontHost}`,
    environment: { HTTPS_PROXY: `http://127.0.0.1:${port}`, SSL_CERT_FILE: cert, GIT_SSL_CAINFO: cert },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(proxy, "close");
      proxy.close();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function makeCertificate(folder: string): { key: string; cert: string } {
  const made = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", made.key];
  const names = ["-subj", `/CN=${frontHost}`, "-addext", `subjectAltName=DNS:${frontHost}`];
  const { status, stderr, error } = spawnSync(
    "openssl",
    ["req", "-x509", ...newKey, ...names, "-days", "2", "-out", made.cert],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`openssl made no certificate: ${error?.message ?? stderr}`);
  return made;
}
