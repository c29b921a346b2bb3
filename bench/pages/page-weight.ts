import { get } from "node:http";
import { BenchError } from "../bench-error.ts";

/**
 * What a browser with an empty cache has to load for a page: itself, and every style sheet, script and picture that it
 * names, each as the server sends it to a browser.
 * @returns bytes of all bodies
 */
export async function pageWeight(url: string, cookie: string): Promise<number> {
  const page = await load(url, cookie);
  const named = [...page.toString().matchAll(/<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"/g)];
  const addresses = new Set(named.map(([, address = ""]) => new URL(address, url).href));
  let bytes = page.length;
  for (const address of addresses) bytes += (await load(address, cookie)).length;
  return bytes;
}

/** As it is sent: not decompressed, if it is compressed. */
async function load(url: string, cookie: string): Promise<Buffer> {
  const headers = { cookie, accept: "text/html, */*" };
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(parts));
        else reject(new BenchError(`${url} answered ${answer.statusCode}.`));
      });
    }).on("error", reject);
  });
}
