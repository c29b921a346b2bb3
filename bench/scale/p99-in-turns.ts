const turn = 50;

/**
 * The 99th percentile of how long two things take, in milliseconds, done one after the other in short turns, so that
 * whatever else the machine does meets both.
 */
export async function p99InTurns(
  ways: { small: () => Promise<void>; large: () => Promise<void> },
  times: number,
): Promise<{ small: number; large: number }> {
  const taken: Record<"small" | "large", number[]> = { small: [], large: [] };
  for (let done = 0; done < times; done += turn) {
    for (const name of done % (2 * turn) === 0 ? (["small", "large"] as const) : (["large", "small"] as const)) {
      for (let count = 0; count < Math.min(turn, times - done); count++) {
        const begun = performance.now();
        await ways[name]();
        taken[name].push(performance.now() - begun);
      }
    }
  }
  return { small: p99(taken.small), large: p99(taken.large) };
}

function p99(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}
