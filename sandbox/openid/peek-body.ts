import type { IncomingMessage } from "node:http";

const most = 64 * 1024;

/** Reads a small body and puts it back, for whoever reads the request next. */
export async function peekBody(request: IncomingMessage): Promise<string> {
  const length = Number(request.headers["content-length"] ?? 0);
  if (!(length > 0 && length <= most)) return "";
  const chunk = await new Promise<Buffer | null>((resolve, reject) => {
    const read = () => {
      const found: unknown = request.read(length);
      if (Buffer.isBuffer(found)) return resolve(found);
      request.once("readable", read);
    };
    request.once("error", reject);
    read();
  });
  if (chunk) request.unshift(chunk);
  return chunk?.toString() ?? "";
}
