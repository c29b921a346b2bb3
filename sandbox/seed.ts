import type { Organization, Person } from "./world/people.ts";
import type { RepositoryOptions } from "./world/repositories.ts";

export interface Seed {
  people: Person[];
  organizations: Organization[];
  repositories: (RepositoryOptions & { fullName: string })[];
  /** On which repositories of which owner the app is installed. */
  installations: Record<string, "all" | string[]>;
  app?: { name?: string; slug?: string; permissions?: Record<string, "read" | "write">; events?: string[] };
}

/** A small GitHub: people with public and private e-mail, an outsider, an organisation, three repositories. */
export const defaultSeed: Seed = {
  people: [
    { login: "ada", id: 583231, name: "Ada Lovelace", email: "ada@example.com", emailPrivate: false },
    { login: "grace", id: 4712036, name: "Grace Hopper", email: "grace@example.com", emailPrivate: true },
    { login: "linus", id: 1024025, name: "Linus T.", email: "linus@example.com", emailPrivate: false },
    { login: "mallory", id: 9919314, name: null, email: "mallory@example.net", emailPrivate: true },
  ],
  organizations: [
    { login: "acme", id: 6154722, name: "Acme", members: { ada: "admin", grace: "member" }, basePermission: "write" },
  ],
  repositories: [
    {
      fullName: "acme/site",
      files: {
        "README.md": "# Acme\n\nThe site of Acme.\n",
        "src/index.html": "<!doctype html>\n<title>Acme</title>\n<h1>Acme</h1>\n",
      },
    },
    { fullName: "acme/secret", private: true, files: { "README.md": "# Plans\n\nNobody may know.\n" } },
    { fullName: "ada/notes", files: { "README.md": "# Notes\n" } },
  ],
  installations: { acme: "all", ada: "all" },
};
