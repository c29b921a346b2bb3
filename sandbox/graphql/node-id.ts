const PREFIXES = {
  user: "U_",
  repository: "R_",
  ref: "REF_",
  commit: "C_",
  blob: "B_",
  tree: "T_",
  organization: "O_",
  pull: "PR_",
} as const;

export type NodeKind = keyof typeof PREFIXES;

/** An opaque global id that this sandbox can read back. */
export function nodeId(kind: NodeKind, key: string): string {
  return PREFIXES[kind] + Buffer.from(key).toString("base64url");
}

const KINDS: NodeKind[] = ["user", "repository", "ref", "commit", "blob", "tree", "organization", "pull"];

/** What a global id stands for, or null. */
export function readNodeId(id: string): { kind: NodeKind; key: string } | null {
  const kind = KINDS.find((name) => id.startsWith(PREFIXES[name]));
  return kind ? { kind, key: Buffer.from(id.slice(PREFIXES[kind].length), "base64url").toString() } : null;
}
