import { type Finding, failure, type Outcome, warning } from "./finding.ts";

export interface CheckReport extends Finding {
  id: string;
}

/** A check's value, or the check that has to be repaired before there is one. */
type Settled<Value> = { value: Value } | { blockedBy: string };

/** A check under way, for those that build on it. */
export interface Step<Value> {
  readonly settled: Promise<Settled<Value>>;
}

/** Runs checks side by side, each within its time limit. One that fails stops only those that build on it. */
export class Examination {
  readonly #timeLimitMs: number;
  readonly #hide: (text: string) => string;
  readonly #checks: { id: string; finding: Promise<Finding> }[] = [];

  /** @param options.hide takes secrets out of whatever is said */
  constructor(options: { timeLimitMs: number; hide: (text: string) => string }) {
    this.#timeLimitMs = options.timeLimitMs;
    this.#hide = options.hide;
  }

  check<Value>(id: string, work: () => Promise<Outcome<Value>>): Step<Value> {
    return this.#add(id, this.#limited(work));
  }

  /** A check that needs what another one found. */
  checkAfter<Needed, Value>(
    id: string,
    step: Step<Needed>,
    work: (needed: Needed) => Promise<Outcome<Value>>,
  ): Step<Value> {
    const running = step.settled.then((before): Blockable<Value> | Promise<Blockable<Value>> =>
      "value" in before ? this.#limited(() => work(before.value)) : skipped(before.blockedBy),
    );
    return this.#add(id, running);
  }

  /** All that was found, in the order in which the checks were named. */
  report(): Promise<CheckReport[]> {
    return Promise.all(
      this.#checks.map(async ({ id, finding }) => {
        const { status, says, repair } = await finding;
        return { id, status, says: this.#hide(says), ...(repair ? { repair: this.#hide(repair) } : {}) };
      }),
    );
  }

  #add<Value>(id: string, finding: Promise<Blockable<Value>>): Step<Value> {
    this.#checks.push({ id, finding });
    return {
      settled: finding.then(({ value, blockedBy = id }) => (value === undefined ? { blockedBy } : { value })),
    };
  }

  async #limited<Value>(work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<Finding>((resolve) => {
      const late = failure(`There was no result within ${this.#timeLimitMs / 1000} s.`, "Try again.");
      timer = setTimeout(resolve, this.#timeLimitMs, late);
    });
    try {
      return await Promise.race([work(), limit]);
    } catch (error) {
      return failure(`The check ended with an error: ${words(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Blockable<Value> extends Outcome<Value> {
  blockedBy?: string;
}

function skipped(blockedBy: string) {
  return { ...warning(`Skipped because of "${blockedBy}".`), blockedBy };
}

/** Two steps as one: what needs both is blocked by the first that has no value. */
export function both<One, Other>(one: Step<One>, other: Step<Other>): Step<[One, Other]> {
  const join = async (): Promise<Settled<[One, Other]>> => {
    const [first, second] = [await one.settled, await other.settled];
    if ("blockedBy" in first) return first;
    if ("blockedBy" in second) return second;
    return { value: [first.value, second.value] };
  };
  return { settled: join() };
}

/** What an error says, with the cause where that says more. */
export function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const own = error.message || code || error.name;
  const cause = error.cause === undefined ? "" : words(error.cause);
  return cause && !own.includes(cause) ? `${own} (${cause})` : own;
}
