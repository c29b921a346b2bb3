import { BenchError } from "../bench-error.ts";
import type { BenchDeps } from "../benchmarks.ts";
import { openConnection } from "../stage/connection.ts";

/**
 * Asks for each address once in each round, one after the other over one connection that is kept alive.
 * @returns for each address, its milliseconds from the request to the end of the answer, by rounds
 */
export async function timePages(
  { signal }: BenchDeps,
  { url, cookie }: { url: string; cookie: string },
  { paths, rounds }: { paths: readonly string[]; rounds: number },
): Promise<number[][]> {
  const { host, port } = new URL(url);
  const connection = await openConnection(Number(port));
  try {
    const requests = paths.map((path) =>
      Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\ncookie: ${cookie}\r\n\r\n`),
    );
    const times = paths.map((): number[] => []);
    const warmUp = Math.min(20, rounds);
    for (let round = -warmUp; round < rounds; round++) {
      for (const [index, request] of requests.entries()) {
        signal.throwIfAborted();
        const begun = performance.now();
        const status = await connection.send(request);
        const took = performance.now() - begun;
        if (status !== 200) throw new BenchError(`${paths[index]} answered ${status}.`);
        if (round >= 0) times[index]?.push(took);
      }
    }
    return times;
  } finally {
    connection.close();
  }
}
