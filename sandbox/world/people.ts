export interface Person {
  login: string;
  id?: number;
  name: string | null;
  /** The verified primary address. */
  email: string;
  /** Kept private: the API shows none, and commits carry the noreply address. */
  emailPrivate: boolean;
  /** The address of commits, where the person chose another than these two. */
  commitEmail?: string;
  suspended?: boolean;
  /** False: the exchange answers `unverified_user_email`. */
  emailVerified?: boolean;
}

export interface KnownPerson extends Person {
  id: number;
}

export interface Organization {
  login: string;
  id?: number;
  name?: string;
  members: Record<string, "admin" | "member">;
  /** What every member may do in every repository; GitHub's own default is `read`. */
  basePermission?: "none" | "read" | "write" | "admin";
}

export interface KnownOrganization {
  login: string;
  id: number;
  name: string;
  /** Roles by the members' ids: logins change. */
  members: Map<number, "admin" | "member">;
  basePermission: "none" | "read" | "write" | "admin";
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Everybody who can own something. Logins are compared without case, as GitHub does. */
export class People {
  readonly #people: KnownPerson[] = [];
  readonly #organizations: KnownOrganization[] = [];
  #nextId = 170_000_001;

  list(): readonly KnownPerson[] {
    return this.#people;
  }

  organizations(): readonly KnownOrganization[] {
    return this.#organizations;
  }

  byLogin(login: string): KnownPerson | undefined {
    return this.#people.find((person) => same(person.login, login));
  }

  byId(id: number): KnownPerson | undefined {
    return this.#people.find((person) => person.id === id);
  }

  /** Whose address it is; a noreply address names its person by id, so it survives renames. */
  byEmail(email: string): KnownPerson | undefined {
    const id = /^(\d+)\+.*@users\.noreply\.github\.com$/.exec(email)?.[1];
    if (id !== undefined) return this.byId(Number(id));
    return this.#people.find((person) => same(person.email, email) || person.commitEmail === email);
  }

  organization(login: string): KnownOrganization | undefined {
    return this.#organizations.find((organization) => same(organization.login, login));
  }

  /** The person or organisation of that name. */
  owner(login: string): { login: string; id: number; type: "User" | "Organization" } | undefined {
    const person = this.byLogin(login);
    if (person) return { login: person.login, id: person.id, type: "User" };
    const organization = this.organization(login);
    return organization && { login: organization.login, id: organization.id, type: "Organization" };
  }

  /** @throws when the login is taken */
  add(person: Person): KnownPerson {
    if (this.owner(person.login)) throw new Error(`${person.login} exists already`);
    const known = { ...person, id: person.id ?? this.#nextId++ };
    this.#people.push(known);
    return known;
  }

  addOrganization(organization: Organization): void {
    const members = new Map<number, "admin" | "member">();
    for (const [login, role] of Object.entries(organization.members)) members.set(this.get(login).id, role);
    this.#organizations.push({
      login: organization.login,
      id: organization.id ?? this.#nextId++,
      name: organization.name ?? organization.login,
      members,
      basePermission: organization.basePermission ?? "read",
    });
  }

  /** @throws when there is no such person */
  get(login: string): KnownPerson {
    const person = this.byLogin(login);
    if (!person) throw new Error(`there is no person ${login} in the sandbox`);
    return person;
  }
}

/** `ID+LOGIN@users.noreply.github.com`, which survives renames. */
export function noreply(person: { id: number; login: string }): string {
  return `${person.id}+${person.login}@users.noreply.github.com`;
}

/** The address that commits made for this person by GitHub carry. */
export function commitEmail(person: KnownPerson): string {
  return person.commitEmail ?? (person.emailPrivate ? noreply(person) : person.email);
}

/** The addresses that the person may choose for commits on the web. */
export function possibleCommitEmails(person: KnownPerson): string[] {
  const own = person.emailPrivate ? [] : [person.email];
  return [...new Set([commitEmail(person), ...own, noreply(person)])];
}
