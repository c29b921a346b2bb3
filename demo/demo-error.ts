/** What a person running the demo can understand and repair: its message is all that is printed. */
export class DemoError extends Error {
  override name = "DemoError";
}
