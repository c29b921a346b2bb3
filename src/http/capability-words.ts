import { type Capability, capabilities } from "../store/delegations.ts";
import type { Capability as CapabilityWords } from "../views/delegation.ts";

/** Words that finish "may … as you", and what that comes to. */
const words: Record<Capability, Omit<CapabilityWords, "id">> = {
  commit: { words: "commit", means: "Makes commits, with your name on them." },
  push: { words: "push with git", means: "Fetches what you can read, and pushes commits, branches and tags." },
  "pull-request": { words: "open pull requests", means: "Opens pull requests in your name." },
  "api:read": {
    words: "read what you can read through GitHub's API",
    means: "Code, issues, pull requests and settings, also where they are private.",
  },
  "api:write": {
    words: "change what you can change through GitHub's API",
    means: "Comments, merges, issues, releases, settings, who has access: nearly all that you can do there.",
  },
  workflows: {
    words: "change workflows, actions and code owners",
    means: "What runs in CI, with the repository's secrets, and who has to review. Counts together with the others.",
  },
};

/** The same at a provider other than GitHub, where there is its API and nothing else. */
export function apiWords(provider: string): CapabilityWords[] {
  return [
    {
      id: "api:read",
      words: `read what you can read through ${provider}'s API`,
      means: "Within what you granted there, also what is private.",
    },
    {
      id: "api:write",
      words: `change what you can change through ${provider}'s API`,
      means: "Within what you granted there: adding, changing and deleting.",
    },
  ];
}

/** What a bot may be permitted, in plain words. */
export const capabilityWords: readonly CapabilityWords[] = capabilities.map((id) => ({ id, ...words[id] }));
