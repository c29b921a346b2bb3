import { Problem } from "../../errors.ts";

/** One `Token: value` line at the end of a commit's message. */
export interface Trailer {
  token: string;
  value: string;
}

export interface Message {
  headline: string;
  body?: string | undefined;
}

/** Those that the server sets. A message that brings its own claims what nobody checked. */
const serverSet = ["requested-by", "run", "signed-off-by"];

/** https://git-scm.com/docs/git-interpret-trailers: a token, optional white space, a colon. */
const trailerLine = /^([A-Za-z0-9-]+)[ \t]*:/;
/** Lines that git itself generates make a paragraph a trailer block even beside other text. */
const generatedLine = /^(Signed-off-by: |\(cherry picked from commit )/;
/** Blank, by git's rules. */
const gap = /\n(?:[ \t\r]*\n)+/g;

/** How many paragraphs of nothing but forged trailers are taken from a message's end: each costs a look at all of it. */
const mostForged = 100;

/**
 * Puts trailers at the end of a message, after those that it has, without repeating one, so that
 * `git interpret-trailers --parse` reads them all. Server-set names in the message's own trailers are forged: they go.
 * @throws Problem `bad_request` when there is no end to them
 */
export function addTrailers(message: Message, trailers: readonly Trailer[]): Message {
  const { headline } = message;
  const { text, own } = withoutForged(neutralise(message.body ?? ""), { evenBefore: trailers.length === 0 });
  const known = new Set(own.map((entry) => sameness(entry.lines.join("\n"))));
  const added: string[] = [];
  for (const { token, value } of trailers) {
    const line = `${token}: ${value.replaceAll(/\s+/g, " ").trim()}`;
    if (known.has(sameness(line))) continue;
    known.add(sameness(line));
    added.push(line);
  }
  const lines = [...own.flatMap((entry) => entry.lines), ...added];
  const body = [quoteSignOffs(text), lines.join("\n")].filter((part) => part !== "").join("\n\n");
  return body === "" ? { headline } : { headline, body };
}

/** @param options.evenBefore nothing will stand behind the text, so the paragraph before a forged one would be read */
function withoutForged(body: string, { evenBefore }: { evenBefore: boolean }): { text: string; own: Entry[] } {
  let text = body;
  for (let forged = 0; forged <= mostForged; forged++) {
    const split = splitMessage(text);
    text = split.text;
    const own = split.block.filter(({ token }) => !serverSet.includes(token));
    if (own.length > 0 || split.block.length === 0 || !evenBefore) return { text, own };
  }
  throw new Problem(
    "bad_request",
    `message.body ends in more than ${mostForged} paragraphs of trailers that only onbehalf sets: leave them out.`,
  );
}

interface Entry {
  /** In lower case; empty for a line that is no trailer. */
  token: string;
  /** The line, and those that continue it. */
  lines: string[];
}

/** A message's text, and the trailers at its end. What stands among and behind those without being one is text, too. */
function splitMessage(body: string): { text: string; block: Entry[] } {
  const { message, ignored } = splitIgnored(body);
  // A blank line stands before it: the headline is above.
  const start = [...`\n${message}`.matchAll(gap)].reduce((_, found) => found.index + found[0].length - 1, 0);
  const entries = readBlock(message.slice(start));
  if (!entries) return { text: trimEnd(body), block: [] };
  const others = entries.filter(({ token }) => token === "").flatMap((entry) => entry.lines);
  const parts = [trimEnd(message.slice(0, start)), others.join("\n"), ignored];
  return {
    text: parts.filter((part) => part !== "").join("\n\n"),
    block: entries.filter(({ token }) => token !== ""),
  };
}

/** Git looks for trailers before what looks like comments, or like the list of conflicts that it once left there. */
function splitIgnored(body: string): { message: string; ignored: string } {
  const lines = trimEnd(body).split("\n");
  let start = lines.length;
  let inConflicts = false;
  for (const [index, line] of lines.entries()) {
    const conflicts = line === "Conflicts:" && lines[index + 1]?.startsWith("\t");
    if (line.startsWith("#") || line === "" || conflicts) {
      start = Math.min(start, index);
      if (conflicts) inConflicts = true;
    } else if (!(inConflicts && line.startsWith("\t"))) {
      start = lines.length;
      inConflicts = false;
    }
  }
  const [message, ignored] = [lines.slice(0, start), lines.slice(start)].map((part) => part.join("\n"));
  return { message: trimEnd(message ?? ""), ignored: (ignored ?? "").replace(/^\n+/, "") };
}

/**
 * Reads a paragraph as git does: it is a trailer block when all its lines are trailers, or when git generated one of
 * them and at least a quarter are trailers. A line that begins with white space continues the one before.
 */
function readBlock(paragraph: string): Entry[] | null {
  const entries: Entry[] = [];
  let trailers = 0;
  let others = 0;
  let generated = false;
  for (const line of paragraph.split("\n")) {
    const before = entries.at(-1);
    if (/^[ \t\r]/.test(line) && before) {
      before.lines.push(line);
      if (before.token === "") others++;
      continue;
    }
    const isGenerated = generatedLine.test(line);
    const token = trailerLine.exec(line)?.[1] ?? (isGenerated ? "(cherry picked" : "");
    if (isGenerated) generated = true;
    if (token !== "") trailers++;
    // A line that git takes for a comment counts neither way.
    else if (!line.startsWith("#")) others++;
    entries.push({ token: token.toLowerCase(), lines: [line] });
  }
  return trailers > 0 && (others === 0 || (generated && trailers * 3 >= others)) ? entries : null;
}

/**
 * For git a line of three dashes, or of scissors, ends the message: trailers behind it would not be read, and forged
 * ones before it would. One space takes its meaning away. What ends a line for others, such as checks written in
 * JavaScript, ends it here, too.
 */
function neutralise(text: string): string {
  return text.replaceAll(/\r\n?|[\u2028\u2029]/g, "\n").replaceAll(/^(?=---(\s|$)|# -{24} >8 -{24}$)/gm, " ");
}

/**
 * A sign-off is a person's own word, and what checks for one reads every line, not trailers alone
 * (https://github.com/dcoapp/app): one that stands in the text is quoted.
 */
function quoteSignOffs(text: string): string {
  return text.replaceAll(/^(?=[ \t]*signed-off-by[ \t]*:)/gim, "> ");
}

/** Without white space at the end, as git knows it. No regular expression: on long runs of it, one takes for ever. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Trailers are the same when they differ in case and white space alone. */
function sameness(line: string): string {
  return line.replaceAll(/\s+/g, " ").trim().toLowerCase();
}
