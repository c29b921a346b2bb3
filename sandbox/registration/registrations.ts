import { randomBytes } from "node:crypto";
import type { Account } from "../world/accounts.ts";
import type { Manifest } from "./read-manifest.ts";

export interface Registration {
  name: string;
  owner: Account;
  manifest: Manifest;
}

const LIFETIME_MS = 60 * 60 * 1000;

/** Apps that were registered from a manifest, and whose keys nobody has fetched yet: for one hour, once. */
export class Registrations {
  readonly #byCode = new Map<string, { registration: Registration; expiresAt: number }>();

  add(registration: Registration): string {
    const code = randomBytes(20).toString("hex");
    this.#byCode.set(code, { registration, expiresAt: Date.now() + LIFETIME_MS });
    return code;
  }

  /** Uses the code up. */
  take(code: string): Registration | null {
    const found = this.#byCode.get(code);
    this.#byCode.delete(code);
    return found && found.expiresAt > Date.now() ? found.registration : null;
  }

  /** Makes every code older by that much; for tests of the lifetime. */
  age(milliseconds: number): void {
    for (const known of this.#byCode.values()) known.expiresAt -= milliseconds;
  }
}
