import { randomText } from "../oauth/random-text.ts";

export interface InstallationToken {
  token: string;
  installationId: number;
  expiresAt: number;
  /** Null: every repository of the installation. */
  repositoryIds: Set<number> | null;
  permissions: Record<string, string>;
}

const LIFETIME_MS = 60 * 60 * 1000;

/** The app's own tokens: one hour, and about 520 characters, as GitHub's are now. */
export class InstallationTokens {
  readonly #app: { readonly id: number };
  readonly #tokens = new Map<string, InstallationToken>();

  constructor(app: { readonly id: number }) {
    this.#app = app;
  }

  issue(limits: Pick<InstallationToken, "installationId" | "repositoryIds" | "permissions">): InstallationToken {
    const token = `ghs_${this.#app.id}_${randomText(36)}.${randomText(300)}.${randomText(160)}`;
    const issued = { ...limits, token, expiresAt: Date.now() + LIFETIME_MS };
    this.#tokens.set(token, issued);
    return issued;
  }

  find(token: string): InstallationToken | undefined {
    const found = this.#tokens.get(token);
    return found && found.expiresAt > Date.now() ? found : undefined;
  }

  issued(): string[] {
    return [...this.#tokens.keys()];
  }
}
