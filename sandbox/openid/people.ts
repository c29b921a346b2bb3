/** A person whom the provider knows. */
export interface OpenidPerson {
  /** Never changes, unlike everything below. */
  sub: string;
  email: string;
  emailVerified: boolean;
  name: string;
  picture?: string;
  /** Google: the Workspace domain that owns the account. */
  hd?: string;
}

/** The people of the sandbox GitHub again, with the subjects that this provider gave them. */
export const defaultPeople: readonly OpenidPerson[] = [
  { sub: "100000000000000000001", email: "ada@example.com", emailVerified: true, name: "Ada Byron", hd: "example.com" },
  {
    sub: "100000000000000000002",
    email: "grace@example.com",
    emailVerified: true,
    name: "Grace Hopper",
    hd: "example.com",
  },
  { sub: "100000000000000000003", email: "linus@example.net", emailVerified: true, name: "Linus" },
  { sub: "100000000000000000004", email: "ada@example.com", emailVerified: false, name: "Mallory" },
];
