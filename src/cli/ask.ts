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

/** Questions go to `output`, so that standard output holds nothing but the result. */
export function openTerminal(streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream }): Terminal {
  const lines = createInterface({ input: streams.input, output: streams.output });
  const answers = lines[Symbol.asyncIterator]();
  return {
    async ask(question, preset) {
      streams.output.write(`${question}${preset === undefined ? "" : ` [${preset}]`}\n> `);
      const { value, done } = await answers.next();
      if (done) {
        throw new Problem(
          "bad_request",
          "Nobody answered: give the answers as options, see `npm run -s onbehalf -- setup --help`.",
        );
      }
      return String(value).trim() || (preset ?? "");
    },
    close: () => lines.close(),
  };
}
