/** The known name that a misspelt one is nearest to; null when none is near. */
export function nearName(given: string, known: readonly string[]): string | null {
  const most = Math.max(2, Math.floor(given.length / 3));
  const ranked = known
    .map((name) => ({ name, steps: editSteps(given.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.steps - other.steps);
  const [best] = ranked;
  return best && best.steps <= most ? best.name : null;
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function editSteps(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
