import nock from "nock";
import { afterAll, afterEach } from "vitest";

/** Answers single calls in a test file without a server: call it at the file's top. Its end puts everything back. */
export function useNock(): typeof nock {
  // It activates itself when it is imported, which is once in a process that runs many files.
  if (!nock.isActive()) nock.activate();
  afterEach(() => nock.cleanAll());
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
  return nock;
}
