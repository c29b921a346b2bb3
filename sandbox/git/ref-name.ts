/** Whether git would take this as a full ref name (git-check-ref-format). It also keeps names from being options. */
export function isRefName(name: string): boolean {
  if (!name.startsWith("refs/") || name.length > 244) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git refuses exactly these
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(name)) return false;
  const parts = name.split("/");
  return parts.length > 2 && parts.every((part) => part !== "" && !/^[.-]|\.lock$/.test(part));
}

export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** The name of a branch without `refs/heads/`, or null for any other ref. */
export function branchName(ref: string): string | null {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
}
