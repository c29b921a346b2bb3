import type { Repository } from "./repositories.ts";

export interface Installation {
  id: number;
  /** The owner's numeric id: logins change. */
  ownerId: number;
  owner: string;
  ownerType: "User" | "Organization";
  selection: "all" | Set<number>;
  createdAt: number;
}

/** Where the app is installed. */
export class Installations {
  readonly #all: Installation[] = [];
  #nextId = 61_204_001;

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
    if (!installation) return false;
    return installation.selection === "all" || installation.selection.has(repository.id);
  }

  add(
    owner: { login: string; id: number; type: "User" | "Organization" },
    selection: "all" | Set<number>,
  ): Installation {
    const installation: Installation = {
      id: this.#nextId++,
      ownerId: owner.id,
      owner: owner.login,
      ownerType: owner.type,
      selection,
      createdAt: Date.now(),
    };
    this.#all.push(installation);
    return installation;
  }

  remove(installation: Installation): void {
    this.#all.splice(this.#all.indexOf(installation), 1);
  }
}
