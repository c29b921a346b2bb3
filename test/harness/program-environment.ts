/**
 * The environment of a program under test: nothing of this process's own, but for where programs are, where temporary
 * files go, and where Node keeps what it compiled, which is half of what a command costs.
 */
export function programEnvironment(): Record<string, string> {
  const { PATH = "", TMPDIR = "", NODE_COMPILE_CACHE = "" } = process.env;
  return { PATH, TMPDIR, NODE_COMPILE_CACHE };
}
