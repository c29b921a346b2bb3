/** Somebody in an amoCRM account. The same person has another id in each account. */
export interface AmocrmUser {
  id: number;
  name: string;
  email: string;
  admin: boolean;
}

export interface AmocrmAccount {
  id: number;
  subdomain: string;
  name: string;
  users: AmocrmUser[];
  leads: { id: number; name: string; price: number }[];
}

export interface AmocrmSeed {
  accounts: AmocrmAccount[];
}

/** Two companies. Ada is in both; Grace is no admin. */
export const defaultAmocrmSeed: AmocrmSeed = {
  accounts: [
    {
      id: 30_111_222,
      subdomain: "example",
      name: "Example Ltd",
      users: [
        { id: 9_001, name: "Ada Lovelace", email: "ada@example.com", admin: true },
        { id: 9_002, name: "Grace Hopper", email: "grace@example.com", admin: false },
      ],
      leads: [
        { id: 501, name: "Difference engine", price: 17_000 },
        { id: 502, name: "Compiler", price: 5_200 },
      ],
    },
    {
      id: 30_333_444,
      subdomain: "acme",
      name: "Acme",
      users: [{ id: 9_101, name: "Ada Lovelace", email: "ada@acme.example", admin: true }],
      leads: [{ id: 701, name: "Anvils", price: 900 }],
    },
  ],
};
