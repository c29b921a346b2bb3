// What we use of packages that only `npm run bench` installs: the type check must not need them.

declare module "octokit-plugin-create-pull-request" {
  export function composeCreatePullRequest(
    octokit: object,
    options: {
      owner: string;
      repo: string;
      title: string;
      body: string;
      base: string;
      head: string;
      changes: { files: Record<string, string>; commit: string };
    },
  ): Promise<unknown>;
}

declare module "@changesets/ghcommit" {
  export function commitChanges(options: {
    octokit: object;
    owner: string;
    repo: string;
    branch: string;
    base: { branch: string } | { commit: string };
    message: { headline: string; body?: string };
    /** Contents in base64. */
    fileChanges: { additions: { path: string; contents: string }[] };
  }): Promise<unknown>;
}
