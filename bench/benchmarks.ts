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
  /** Measures little, in seconds. */
  quick: boolean;
}

export interface Benchmark {
  about: string;
  /** When it needs the peers of `bench/package.json`: always, never, or unless it is quick. */
  peers: "always" | "unless_quick" | "never";
  /** Loads what it needs only now: the peers may have to be installed first. */
  load(): Promise<(deps: BenchDeps) => Promise<Outcome>>;
}

/** Every benchmark by its name. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  commit: {
    about: "requests and seconds of a commit beside other libraries, and 50 people committing at once",
    peers: "always",
    load: async () => (await import("./commit.ts")).benchCommit,
  },
  "fresh-token": {
    about: "a person's valid token, beside a bare SELECT of one row and beside better-auth",
    peers: "unless_quick",
    load: async () => (await import("./fresh-token.ts")).benchFreshToken,
  },
  storm: {
    about: "1,000 callers in three processes on one expired account, and 2,000 expired accounts at once",
    peers: "never",
    load: async () => (await import("./storm.ts")).benchStorm,
  },
  webhooks: {
    about: "signed deliveries a second, each stored before it is acknowledged, beside Probot that stores none",
    peers: "never",
    load: async () => (await import("./webhooks.ts")).benchWebhooks,
  },
  proxy: {
    about: "requests through the GitHub look-alike beside @fastify/http-proxy alone, and the memory of a large body",
    peers: "unless_quick",
    load: async () => (await import("./proxy.ts")).benchProxy,
  },
  git: {
    about: "cloning and pushing 200 MB through onbehalf, beside the same straight to GitHub, and its memory meanwhile",
    peers: "never",
    load: async () => (await import("./git.ts")).benchGit,
  },
  scale: {
    about: "ten thousand accounts beside a million: reads, the search for those that are due, and a change of the key",
    peers: "never",
    load: async () => (await import("./scale.ts")).benchScale,
  },
  pages: {
    about: "pages with 100,000 accounts and a million audit events, their weight, starting, and memory while it waits",
    peers: "never",
    load: async () => (await import("./pages.ts")).benchPages,
  },
};
