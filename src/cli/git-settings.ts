/** One line of git's configuration; `add`: beside what the key has. */
export interface GitSetting {
  key: string;
  value: string;
  add?: boolean;
}

/**
 * What a checkout needs to work through onbehalf: GitHub's addresses lead to it, commits have the person's name, and
 * git asks our helper for the pass, and no other one, which might keep it.
 * @param options.helper the command that runs the credential helper
 */
export function gitSettings(options: {
  url: string;
  github: string;
  identity: { name: string; email: string };
  helper: readonly string[];
}): GitSetting[] {
  const { origin: ours } = new URL(options.url);
  const { origin: theirs, host } = new URL(options.github);
  const helper = [...options.helper, "git-credential", "--url", ours].map(shellWord).join(" ");
  return [
    { key: `url.${ours}/.insteadOf`, value: `${theirs}/` },
    { key: `url.${ours}/.insteadOf`, value: `git@${host}:`, add: true },
    { key: `url.${ours}/.insteadOf`, value: `ssh://git@${host}/`, add: true },
    { key: `credential.${ours}.helper`, value: "" },
    { key: `credential.${ours}.helper`, value: `!${helper}`, add: true },
    { key: "user.name", value: options.identity.name },
    { key: "user.email", value: options.identity.email },
  ];
}

/** The arguments that set it. */
export function configArguments({ key, value, add = false }: GitSetting, scope: "--local" | "--global"): string[] {
  return ["config", scope, add ? "--add" : "--replace-all", "--", key, value];
}

/** A word as a POSIX shell takes it. */
export function shellWord(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
