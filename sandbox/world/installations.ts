import type { Repository } from "./repositories.ts";

export type AppPermissions = Record<string, "read" | "write">;

export interface Installation {
  id: number;
  /** The owner's numeric id: logins change. */
  ownerId: number;
  owner: string;
  ownerType: "User" | "Organization";
  selection: "all" | Set<number>;
  /** As accepted by the owner: an app that asks for more later does not have it yet. */
  permissions: AppPermissions;
  events: string[];
  suspendedAt: number | null;
  createdAt: number;
}

/** Where the app is installed. */
export class Installations {
  readonly #all: Installation[] = [];
  #nextId: number;

  /** @param firstId numbers are GitHub's, not an app's */
  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  list(): readonly Installation[] {
    return this.#all;
  }

  byId(id: number): Installation | undefined {
    return this.#all.find((installation) => installation.id === id);
  }

  on(owner: string): Installation | undefined {
    return this.#all.find((installation) => installation.owner.toLowerCase() === owner.toLowerCase());
  }

  /** Whether the app reaches the repository at all. */
  covers(repository: Repository): boolean {
    const installation = this.on(repository.owner);
    if (!installation || installation.suspendedAt !== null) return false;
    return installation.selection === "all" || installation.selection.has(repository.id);
  }

  add(
    owner: { login: string; id: number; type: "User" | "Organization" },
    selection: "all" | Set<number>,
    granted: { permissions: AppPermissions; events: string[] },
  ): Installation {
    const installation: Installation = {
      id: this.#nextId++,
      ownerId: owner.id,
      owner: owner.login,
      ownerType: owner.type,
      selection,
      permissions: { ...granted.permissions },
      events: [...granted.events],
      suspendedAt: null,
      createdAt: Date.now(),
    };
    this.#all.push(installation);
    return installation;
  }

  remove(installation: Installation): void {
    this.#all.splice(this.#all.indexOf(installation), 1);
  }
}
