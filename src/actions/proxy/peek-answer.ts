import { Readable } from "node:stream";
import { ProviderFailure } from "../../providers/failure.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";

/** What of an answer is held in memory to look into it. */
const most = 1024 * 1024;

/**
 * Looks into a provider's answer, and gives it back whole: what is too large streams on behind what was read of it.
 * @throws ProviderFailure `unreachable`: it was cut off before it was whole
 * @returns json: undefined where there is none, or more than 1 MB of it
 */
export async function peekAnswer(answer: UpstreamAnswer): Promise<{ answer: UpstreamAnswer; json: unknown }> {
  const { headers, body } = answer;
  const encoded = !["", "identity"].includes(headers["content-encoding"] ?? "");
  const tooLong = Number(headers["content-length"] ?? 0) > most;
  const isJson = /^application\/([\w.-]+\+)?json\b/i.test(headers["content-type"] ?? "");
  if (encoded || tooLong || !isJson) return { answer, json: undefined };
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      pieces.push(piece);
      size += piece.length;
      if (size > most) return { answer: { ...answer, body: behind(pieces, body) }, json: undefined };
    }
  } catch (error) {
    throw new ProviderFailure("unreachable", "the provider's answer was cut off", { cause: error });
  }
  const whole = Buffer.concat(pieces);
  return { answer: { ...answer, body: Readable.from(whole.length > 0 ? [whole] : []) }, json: parsed(whole) };
}

function behind(pieces: Buffer[], body: Readable): Readable {
  return Readable.from(
    (async function* () {
      yield* pieces;
      yield* body;
    })(),
  );
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
