import type { BareRepository } from "../git/bare-repository.ts";

export type Permission = "none" | "read" | "triage" | "write" | "maintain" | "admin";

export interface RepositoryOptions {
  private?: boolean;
  archived?: boolean;
  defaultBranch?: string;
  protectedBranches?: string[];
  /** Whether the app's installation on the owner covers it. */
  installed?: boolean;
  collaborators?: Record<string, Permission>;
  /** The first commit's files; none of them and no `from`: an empty repository. */
  files?: Record<string, string>;
}

export interface PullRequest {
  number: number;
  id: number;
  title: string;
  body: string | null;
  head: string;
  base: string;
  draft: boolean;
  state: "open" | "closed";
  author: { id: number; login: string };
  createdAt: number;
}

/** On an issue or a pull request. */
export interface IssueComment {
  id: number;
  issue: number;
  body: string;
  author: { id: number; login: string; type: "User" | "Bot" };
  /** Written with a token that an app has made. */
  viaApp: boolean;
  createdAt: number;
}

export interface Repository {
  id: number;
  owner: string;
  name: string;
  /** Full names that it had before, in lower case: they lead to it until somebody takes them. */
  formerNames: string[];
  private: boolean;
  archived: boolean;
  defaultBranch: string;
  protectedBranches: string[];
  /** By the person's id: logins change. */
  collaborators: Map<number, Permission>;
  createdAt: number;
  pushedAt: number;
  pullRequests: PullRequest[];
  comments: IssueComment[];
  git: BareRepository;
}

export function fullName(repository: { owner: string; name: string }): string {
  return `${repository.owner}/${repository.name}`;
}

/** The repositories by name, compared without case, and by id. */
export class Repositories {
  readonly #all: Repository[] = [];
  #ids = 0;

  /** Each is given once, also where repositories are made at the same time. */
  nextId(): number {
    return 702_145_300 + this.#ids++ * 1_009;
  }

  list(): readonly Repository[] {
    return this.#all;
  }

  find(owner: string, name: string): Repository | undefined {
    const wanted = `${owner}/${name}`.toLowerCase();
    return this.#all.find((repository) => fullName(repository).toLowerCase() === wanted);
  }

  /** The repository that a name belonged to before, where no other has it now. */
  movedFrom(owner: string, name: string): Repository | undefined {
    const wanted = `${owner}/${name}`.toLowerCase();
    if (this.find(owner, name)) return undefined;
    return this.#all.find(({ formerNames }) => formerNames.includes(wanted));
  }

  byFullName(name: string): Repository | undefined {
    const [owner = "", repository = "", ...more] = name.split("/");
    return more.length === 0 ? this.find(owner, repository) : undefined;
  }

  byId(id: number): Repository | undefined {
    return this.#all.find((repository) => repository.id === id);
  }

  ownedBy(owner: string): Repository[] {
    return this.#all.filter((repository) => repository.owner.toLowerCase() === owner.toLowerCase());
  }

  add(repository: Repository): void {
    this.#all.push(repository);
  }

  /** @throws when there is none */
  get(name: string): Repository {
    const repository = this.byFullName(name);
    if (!repository) throw new Error(`there is no repository ${name} in the sandbox`);
    return repository;
  }
}
