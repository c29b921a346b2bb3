/**
 * A path of ours to return to, or null: never another origin (no open redirector, RFC 9700 4.11).
 * @param text what a browser sent
 */
export function localPath(text: string | undefined): string | null {
  if (!text?.startsWith("/") || text.length > 2000) return null;
  const base = "https://onbehalf.invalid";
  const url = URL.parse(text, base);
  // "/.//host" stays on our origin here, and its path "//host" is another site's address in a redirect.
  if (url?.origin !== base || url.pathname.startsWith("//")) return null;
  return `${url.pathname}${url.search}`;
}
