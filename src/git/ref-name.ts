/** GitHub's longest, in bytes. */
const longest = 255;

/**
 * Whether a text is the full name of a ref that git allows (git-check-ref-format(1)), and of none that a careless
 * program downstream takes for an option.
 */
export function isRefName(name: string): boolean {
  const parts = name.split("/");
  return (
    parts[0] === "refs" &&
    parts.length >= 3 &&
    Buffer.byteLength(name) <= longest &&
    name.isWellFormed() &&
    !/[\p{Cc} ~^:?*[\\]|\.\.|@\{/u.test(name) &&
    !name.endsWith(".") &&
    parts.every((part) => part !== "" && !/^[.-]/.test(part) && !part.endsWith(".lock"))
  );
}
