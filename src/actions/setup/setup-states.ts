import { hashSecret, newSecret } from "../sign-in/secrets.ts";

export type StateRefusal = "unknown" | "used" | "expired" | "foreign";

/** The states of redirects that are under way: each works once, in the browser that began it, for 10 minutes. */
export interface SetupStates<Value> {
  /** @returns the state to send along */
  begin(browser: string, value: Value): string;
  /** Uses a state up. One that another browser shows stays as it is. */
  use(browser: string, state: string | undefined): { value: Value } | { refused: StateRefusal };
}

const lifeMs = 10 * 60 * 1000;
const mostKept = 1000;

/**
 * Set-up has no database yet, and one process: states are kept in memory, by their hash, which a look-up compares.
 * @param deps.now milliseconds on a clock that only goes forward
 */
export function createSetupStates<Value>(deps: { now: () => number }): SetupStates<Value> {
  const known = new Map<string, { browser: string; value: Value; expiresAt: number; used: boolean }>();
  const hash = (secret: string) => hashSecret(secret).toString("hex");
  return {
    begin(browser, value) {
      const [oldest] = known.keys();
      if (oldest !== undefined && known.size >= mostKept) known.delete(oldest);
      const state = newSecret();
      known.set(hash(state), { browser: hash(browser), value, expiresAt: deps.now() + lifeMs, used: false });
      return state;
    },
    use(browser, state) {
      const found = state === undefined ? undefined : known.get(hash(state));
      if (!found) return { refused: "unknown" };
      if (found.browser !== hash(browser)) return { refused: "foreign" };
      if (found.used) return { refused: "used" };
      found.used = true;
      return found.expiresAt <= deps.now() ? { refused: "expired" } : { value: found.value };
    },
  };
}
