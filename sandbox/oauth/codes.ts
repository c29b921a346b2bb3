import { randomBytes } from "node:crypto";

export interface Code {
  code: string;
  personId: number;
  redirectUri: string | null;
  challenge: string | null;
  expiresAt: number;
  used: boolean;
}

const LIFETIME_MS = 10 * 60 * 1000;

/** Authorization codes: 10 minutes, once. */
export class Codes {
  readonly #codes = new Map<string, Code>();

  issue(request: { personId: number; redirectUri: string | null; challenge: string | null }): string {
    const code = randomBytes(10).toString("hex");
    this.#codes.set(code, { ...request, code, expiresAt: Date.now() + LIFETIME_MS, used: false });
    return code;
  }

  /** The code if it can still be exchanged. */
  find(code: string): Code | undefined {
    const found = this.#codes.get(code);
    return found && !found.used && found.expiresAt > Date.now() ? found : undefined;
  }

  /** Makes every code older by that much; for tests of the lifetime. */
  age(milliseconds: number): void {
    for (const code of this.#codes.values()) code.expiresAt -= milliseconds;
  }

  issued(): string[] {
    return [...this.#codes.keys()];
  }
}
