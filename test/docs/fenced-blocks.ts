/** Something that a page tells a reader to run: a command as one is typed, or a program in JavaScript. */
export interface Runnable {
  page: string;
  language: "sh" | "js";
  text: string;
}

export interface Block {
  /** What stands behind the fence's opening: `sh`, or nothing. */
  language: string;
  text: string;
}

/** The fenced blocks of a page in their order. */
export function blocksIn(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(.*)\n((?:.*\n)*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** Every command of a shell block in order: an open quote or a backslash at the end goes on in the next line. */
function commandsIn(block: string): string[] {
  const commands: string[] = [];
  let open = "";
  for (const line of block.split("\n")) {
    open += `${open && "\n"}${line}`;
    const quotes = open.match(/'/g)?.length ?? 0;
    if (line.endsWith("\\") || quotes % 2 === 1) continue;
    if (open.trim() !== "" && !open.startsWith("#")) commands.push(open);
    open = "";
  }
  return commands;
}

/** All that a page has to run. */
export function runnableIn(page: string, markdown: string): Runnable[] {
  return blocksIn(markdown).flatMap(({ language, text }): Runnable[] => {
    if (language === "sh") return commandsIn(text).map((command) => ({ page, language, text: command }));
    return language === "js" ? [{ page, language, text }] : [];
  });
}
