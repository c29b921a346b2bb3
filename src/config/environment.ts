/** Variables by name, as in `process.env`. */
export type Environment = Record<string, string | undefined>;

/** What is wrong with the environment: every fault at once, each with its repair. */
export class ConfigError extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n- ${faults.join("\n- ")}`,
    );
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/** Reports what is wrong, in a sentence with the repair. */
export type Fault = (sentence: string) => void;

/** Puts several environments together: the first that has a value for a name wins. An empty value is none. */
export function mergeEnvironments(...environments: Environment[]): Environment {
  const merged: Environment = {};
  for (const environment of environments.toReversed()) {
    for (const [name, value] of Object.entries(environment)) if (value) merged[name] = value;
  }
  return merged;
}
