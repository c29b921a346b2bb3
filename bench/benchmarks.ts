export interface Outcome {
  /** What `--json` prints. */
  figures: Record<string, unknown>;
  /** The same for people, in lines. */
  report: string[];
}

export interface BenchDeps {
  /** Tells what is being done now. */
  progress: (line: string) => void;
  signal: AbortSignal;
}

export interface Benchmark {
  about: string;
  /** Loads what it needs only now: the peers may have to be installed first. */
  load(): Promise<(deps: BenchDeps) => Promise<Outcome>>;
}

/** Every benchmark by its name. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  commit: {
    about: "requests and seconds of a commit beside other libraries, and 50 people committing at once",
    load: async () => (await import("./commit.ts")).benchCommit,
  },
};
