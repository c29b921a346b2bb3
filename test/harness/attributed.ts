import { git } from "./history.ts";
import { type Committer, committer } from "./people.ts";
import type { CallOptions, Stack } from "./stack.ts";

/** Commits on a stack that say in whose name they are wished, and what became of them. */
export function attributed(stack: Stack) {
  return {
    /** A person with a repository whose bot may also open pull requests. */
    async person(): Promise<Committer> {
      const owner = await committer(stack);
      await stack.delegate(`gh.${owner.id}`, `bot-of-${owner.login}`, [owner.repository], [], ["pull-request"]);
      return owner;
    },
    commit: (
      who: Committer,
      attribution: string,
      change: Record<string, unknown> = {},
      options: Omit<CallOptions, "body"> = {},
    ) => stack.commit(who.key, { user: `gh.${who.id}`, repository: who.repository, attribution, ...change }, options),
    /** The app's login. */
    bot: () => `${stack.sandbox.app.slug}[bot]`,
    /** The last commit, as git's format shows it. */
    show: ({ repository }: { repository: string }, format: string) =>
      git(stack, repository, "log", "-1", `--format=${format}`, "main").trim(),
  };
}
