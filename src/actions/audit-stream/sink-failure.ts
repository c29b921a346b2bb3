/** The sink does not have what was sent, or nobody knows. */
export class SinkFailure extends Error {
  /** Fewer lines at once may go. */
  readonly tooMuch: boolean;

  /** @param why a word or a number, nothing that the receiver wrote */
  constructor(why: string, { tooMuch = false, cause }: { tooMuch?: boolean; cause?: unknown } = {}) {
    super(why, { cause });
    this.name = "SinkFailure";
    this.tooMuch = tooMuch;
  }
}
