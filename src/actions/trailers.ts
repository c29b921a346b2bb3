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
const trailerLine = /^([A-Za-z0-9-]+)\s*:\s*(.*)$/;
/** Lines that git itself generates make a paragraph a trailer block even beside other text. */
const generatedLine = /^(Signed-off-by: |\(cherry picked from commit )/;

/**
 * Puts trailers at the end of a message, after those that it has, without repeating one, so that
 * `git interpret-trailers --parse` reads them all. Server-set names in the message's own trailers are forged: they go.
 */
export function addTrailers(message: Message, trailers: readonly Trailer[]): Message {
  const body = neutraliseDivider((message.body ?? "").replaceAll("\r\n", "\n")).trimEnd();
  const paragraphs = body === "" ? [] : body.split(/\n(?:[ \t]*\n)+/);
  const last = paragraphs.at(-1);
  const block = last === undefined ? null : readBlock(last);
  const kept = (block ?? []).filter((entry) => !serverSet.includes(entry.token));
  // What stands among the trailers without being one goes before them: git would else read none.
  const prose = kept.filter((entry) => entry.token === "").flatMap((entry) => entry.lines);
  const own = kept.filter((entry) => entry.token !== "");
  const text = [body.slice(0, body.length - (block ? (last ?? "").length : 0)).trimEnd(), prose.join("\n")];
  const known = new Set(own.map((entry) => sameness(entry.lines.join("\n"))));
  const added: string[] = [];
  for (const { token, value } of trailers) {
    const line = `${token}: ${value.replaceAll(/\s+/g, " ").trim()}`;
    if (known.has(sameness(line))) continue;
    known.add(sameness(line));
    added.push(line);
  }
  const lines = [...own.flatMap((entry) => entry.lines), ...added];
  const result = [...text, lines.join("\n")].filter((part) => part !== "").join("\n\n");
  return result === "" ? { headline: message.headline } : { headline: message.headline, body: result };
}

interface BlockEntry {
  /** In lower case; empty for a line that is no trailer. */
  token: string;
  /** The line, and those that continue it. */
  lines: string[];
}

/**
 * Reads a paragraph as git does: it is a trailer block when all its lines are trailers, or when git generated one of
 * them and at least a quarter are trailers. A line that begins with white space continues the one before.
 */
function readBlock(paragraph: string): BlockEntry[] | null {
  const entries: BlockEntry[] = [];
  let others = 0;
  let generated = false;
  for (const line of paragraph.split("\n")) {
    const before = entries.at(-1);
    if (/^[ \t]/.test(line) && before) {
      before.lines.push(line);
      continue;
    }
    const token = trailerLine.exec(line)?.[1]?.toLowerCase() ?? "";
    if (generatedLine.test(line)) generated = true;
    // A line that git takes for a comment counts neither way.
    else if (token === "" && !line.startsWith("#")) others++;
    entries.push({ token, lines: [line] });
  }
  const trailers = entries.filter(({ token, lines: [line = ""] }) => token !== "" || generatedLine.test(line)).length;
  const isBlock = trailers > 0 && (others === 0 || (generated && trailers * 3 >= others));
  return isBlock ? entries : null;
}

/** For `git interpret-trailers` a line of three dashes ends the message; one space before them keeps the text as it is. */
function neutraliseDivider(text: string): string {
  return text.replaceAll(/^---(?=\s|$)/gm, " ---");
}

/** Trailers are the same when they differ in case and white space alone. */
function sameness(line: string): string {
  return line.replaceAll(/\s+/g, " ").trim().toLowerCase();
}
