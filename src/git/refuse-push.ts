import { flush, pktLine } from "./pkt-lines.ts";
import type { PushRequest } from "./push-request.ts";

/** What fits into a line of a side band, with room for its first byte. */
const mostInBand = 65_515;

/**
 * The answer that makes git show why a push was refused: sentences as `remote: …`, and a short reason beside each ref.
 * @param push asked for `report-status`
 * @param reasonOf one line
 */
export function refusePush(
  { commands, capabilities }: PushRequest,
  sentences: readonly string[],
  reasonOf: (ref: string) => string,
): Buffer {
  const lines = commands.map(({ ref }) => pktLine(`ng ${ref} ${oneLine(reasonOf(ref))}\n`));
  const report = Buffer.concat([pktLine("unpack ok\n"), ...lines, flush]);
  if (!capabilities.includes("side-band-64k")) return report;
  const said = Buffer.from(`${sentences.map(oneLine).join("\n")}\n`);
  return Buffer.concat([...inBand(2, said), ...inBand(1, report), flush]);
}

/** The same where it isn't known what was to be pushed: git shows the sentence and gives up. */
export function refuseUnreadPush(sentence: string): Buffer {
  return Buffer.concat([...inBand(3, Buffer.from(`${oneLine(sentence)}\n`)), flush]);
}

function inBand(band: number, bytes: Buffer): Buffer[] {
  const parts = Math.ceil(bytes.length / mostInBand);
  return Array.from({ length: parts }, (_, index) =>
    pktLine(Buffer.concat([Buffer.of(band), bytes.subarray(index * mostInBand, (index + 1) * mostInBand)])),
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ").trim();
}
