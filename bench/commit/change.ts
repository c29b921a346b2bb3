/** Text files to write, and what a commit says about them. */
export interface Change {
  headline: string;
  files: { path: string; content: string }[];
}

let changes = 0;

/** A change that nobody has made yet: so many text files of some 2 kB each. */
export function makeChange(files: number): Change {
  changes += 1;
  const line = `Change ${changes} of the benchmark writes this line, as a program would write its text.\n`;
  return {
    headline: `Change ${changes}`,
    files: Array.from({ length: files }, (_, index) => ({
      path: `docs/part-${index % 5}/page-${index}.md`,
      content: `# Page ${index}\n\n${line.repeat(25)}`,
    })),
  };
}
