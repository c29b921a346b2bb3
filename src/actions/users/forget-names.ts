import type { ErasedNames } from "../../store/erasure/erasures.ts";

/**
 * Words that branches, addresses and sentences hold without naming anybody. Some people have them as logins, and
 * whoever picks such a login must not be able to blur what others did.
 */
const ordinaryWords = new Set(
  `main master trunk develop development dev release releases feature features feat fix fixes hotfix bugfix chore doc docs
  test tests testing staging stage prod production pages bot bots dependabot renovate patch ci build head branch commit
  commits pull tree wip tmp backup support refactor update updates user users app web site api github the and for from`
    .split(/\s+/)
    .filter(Boolean),
);
const shortestWord = 3;

/**
 * What a text says without an erased person's names: their login as the owner of a repository, in addresses and
 * elsewhere as a word, their number as `gh.NUMBER` or in a noreply address, their e-mail addresses and their name.
 */
export function createForget(names: ErasedNames): (text: string) => string {
  const { pseudonym } = names;
  const logins = [...names.logins, ...names.formerLogins];
  const words = [...names.words, ...logins, ...(names.externalId === null ? [] : [names.externalId])].filter(
    (word) => word.length >= shortestWord && !ordinaryWords.has(word.toLowerCase()),
  );
  const word = `(?<![\\p{L}\\p{N}])(?:${anyOf(words)})(?![\\p{L}\\p{N}])`;
  const number = anyOf(names.numbers);
  // GitHub's names don't tell cases apart. The owner with the repository's name, which often holds the login again.
  const owned = `(?<![\\w.-])(?:${anyOf(logins)})/(?<name>[\\w.*-]+)`;
  const anything = new RegExp(`${owned}|(?<!\\d)${number}\\+|\\bgh\\.${number}(?!\\d)|${word}`, "giu");
  const anyWord = new RegExp(word, "giu");
  return (text) =>
    text.replace(anything, (...match) => {
      const groups: unknown = match.at(-1);
      const name = typeof groups === "object" && groups !== null && "name" in groups ? groups.name : undefined;
      if (typeof name === "string") return `${pseudonym}/${name.replace(anyWord, pseudonym)}`;
      return String(match[0]).endsWith("+") ? `${pseudonym}+` : pseudonym;
    });
}

/** The same for whatever JSON holds. */
export function forgetIn(value: unknown, forget: (text: string) => string): unknown {
  if (typeof value === "string") return forget(value);
  if (Array.isArray(value)) return value.map((part) => forgetIn(part, forget));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, forgetIn(part, forget)]));
}

/** Matches one of these, the longest first; of none nothing. */
function anyOf(texts: readonly string[]): string {
  const sorted = [...new Set(texts)].sort((one, other) => other.length - one.length);
  return sorted.length > 0 ? `(?:${sorted.map(escaped).join("|")})` : "(?!)";
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
