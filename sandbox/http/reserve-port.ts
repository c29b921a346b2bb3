import { createServer } from "node:net";

/**
 * A free port, held until the server is ready to take it: its number must be known before, since it stands in every
 * answer, and other sandboxes may be starting meanwhile.
 */
export function reservePort(host: string): Promise<{ port: number; release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const holder = createServer();
    holder.on("error", reject);
    holder.listen(0, host, () => {
      const address = holder.address();
      const port = typeof address === "object" && address ? address.port : 0;
      resolve({ port, release: () => new Promise((released) => holder.close(() => released())) });
    });
  });
}
