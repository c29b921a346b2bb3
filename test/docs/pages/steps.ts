/** How the commands of a page are run, each by how it begins, and what must come of it. */
export type Steps = Record<string, (text: string) => Promise<void>>;
