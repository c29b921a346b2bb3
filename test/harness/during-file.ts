import { afterAll, beforeAll } from "vitest";

/**
 * Something that a test file has from before its first test until after its last one: call it at the file's top. What
 * is answered is empty until then. What was begun last ends first.
 */
export function duringFile<Part extends object>(
  begin: () => Promise<Part>,
  end: (part: Part) => Promise<unknown>,
): Part {
  const part: Part = Object.create(null);
  let begun: Part | undefined;
  beforeAll(async () => {
    begun = await begin();
    Object.assign(part, begun);
  });
  afterAll(async () => begun && end(begun));
  return part;
}
