/** What is wrong with a path in a commit, or null. Git itself refuses `.git` in every spelling. */
export function pathFault(path: string): string | null {
  if (path === "") return "A path is empty";
  if (path.startsWith("/") || path.endsWith("/")) return `The path \`${path}\` cannot start or end with a slash`;
  if (path.includes("\0")) return "A path contains a null byte";
  for (const part of path.split("/")) {
    if (part === "") return `The path \`${path}\` contains an empty component`;
    if (part === "." || part === "..") return `The path \`${path}\` contains the component \`${part}\``;
    if (/^(?:\.git|git~1)[. ]*$/i.test(part)) return `The path \`${path}\` contains a malformed path component`;
  }
  return null;
}

/** The bytes of padded base64, or null. Line breaks are taken only where the API takes them. */
export function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Buffer.from(text, "base64");
}

/** A path that is named twice, or that is both a file and a folder. */
export function conflictingPath(added: string[], deleted: string[]): string | null {
  const seen = new Set<string>();
  for (const path of [...added, ...deleted]) {
    if (seen.has(path)) return path;
    seen.add(path);
  }
  const all = new Set(added);
  for (const path of added) {
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1))
      if (all.has(path.slice(0, at))) return path;
  }
  return null;
}

export function isWorkflow(path: string): boolean {
  return path.startsWith(".github/workflows/");
}
