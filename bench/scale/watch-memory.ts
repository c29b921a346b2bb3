/** Watches this process's memory, in bytes: as it is now, and at most until it is stopped. */
export function watchMemory(): { stop(): { idle: number; most: number } } {
  const idle = process.memoryUsage.rss();
  let most = idle;
  const sampling = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return {
    stop() {
      clearInterval(sampling);
      return { idle, most };
    },
  };
}
