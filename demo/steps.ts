/** Prints what happens, numbered, with why it matters below. */
export class Steps {
  readonly #print: (line: string) => void;
  #count = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  say(what: string, ...why: string[]): void {
    this.#count += 1;
    this.#print(`${String(this.#count).padStart(2)}. ${what}`);
    for (const line of why) this.#print(`    ${line}`);
  }

  /** What that means, below what was shown. */
  tell(text: string): void {
    this.#print(`    ${text}`);
  }

  /** Something that a program printed. */
  show(text: string): void {
    this.#print("");
    for (const line of text.split("\n")) this.#print(line.trim() === "" ? "" : `      ${line}`);
    this.#print("");
  }
}

/** Quotes an argument for a shell. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
