/** What a person running a benchmark can understand and repair: its message is all that is printed. */
export class BenchError extends Error {
  override name = "BenchError";
}
