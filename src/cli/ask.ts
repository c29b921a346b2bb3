import { createInterface } from "node:readline/promises";
import { Problem } from "../errors.ts";

/** Asks questions in a terminal. */
export interface Terminal {
  /**
   * @param preset what an empty answer means
   * @throws Problem when nobody can answer any more
   */
  ask(question: string, preset?: string): Promise<string>;
  close(): void;
}

/**
 * Questions go to `output`, so that standard output holds nothing but the result.
 * @param unanswered what to say when nobody can answer
 */
export function openTerminal(
  streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
  unanswered: string,
): Terminal {
  const lines = createInterface({ input: streams.input, output: streams.output });
  const answers = lines[Symbol.asyncIterator]();
  return {
    async ask(question, preset) {
      streams.output.write(`${question}${preset === undefined ? "" : ` [${preset}]`}\n> `);
      const { value, done } = await answers.next();
      if (done) {
        throw new Problem("bad_request", unanswered);
      }
      return String(value).trim() || (preset ?? "");
    },
    close: () => lines.close(),
  };
}
