/** So many rows go in one statement, which then holds up nobody. */
const most = 2_000;

/** Removes what is too old, some at a time. @returns how many */
export async function removeInBatches(
  remove: (batch: { most: number }) => Promise<number>,
  stopped: () => boolean,
): Promise<number> {
  for (let all = 0; ; ) {
    const removed = await remove({ most });
    all += removed;
    if (removed < most || stopped()) return all;
  }
}
