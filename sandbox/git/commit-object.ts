export interface Signature {
  name: string;
  email: string;
  /** Seconds since 1970. */
  time: number;
  zone: string;
}

export interface CommitObject {
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
}

export interface ParsedCommit extends CommitObject {
  /** The armoured signature, when there is one. */
  signature: string | null;
  /** What the signature was made over: the object without its `gpgsig` header. */
  payload: string;
}

/** A commit object's text, without a signature. */
export function serialiseCommit(commit: CommitObject): string {
  return [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${person(commit.author)}`,
    `committer ${person(commit.committer)}`,
    "",
    commit.message,
  ].join("\n");
}

/** Puts a signature into a commit's text as git does: after the other headers, continued lines led by a blank. */
export function withSignature(text: string, armoured: string): string {
  const end = text.indexOf("\n\n");
  const header = `gpgsig ${armoured.trimEnd().replaceAll("\n", "\n ")}`;
  return `${text.slice(0, end)}\n${header}${text.slice(end)}`;
}

/** Reads a commit object. */
export function parseCommit(content: Buffer): ParsedCommit {
  const text = content.toString();
  const end = text.indexOf("\n\n");
  const head = (end < 0 ? text : text.slice(0, end)).replaceAll("\n ", "\0");
  const message = end < 0 ? "" : text.slice(end + 2);
  const headers = head.split("\n").map((line) => {
    const space = line.indexOf(" ");
    return { name: line.slice(0, space), value: line.slice(space + 1) };
  });
  const one = (name: string) => headers.find((header) => header.name === name)?.value;
  const unsigned = headers.filter((header) => header.name !== "gpgsig");
  return {
    tree: one("tree") ?? "",
    parents: headers.filter((header) => header.name === "parent").map((header) => header.value),
    author: parsePerson(one("author")),
    committer: parsePerson(one("committer")),
    message,
    signature: one("gpgsig")?.replaceAll("\0", "\n") ?? null,
    payload: `${unsigned.map(({ name, value }) => `${name} ${value.replaceAll("\0", "\n ")}`).join("\n")}\n\n${message}`,
  };
}

/** The moment of a signature as GitHub's APIs write it. */
export function isoTime(signature: Signature): string {
  return new Date(signature.time * 1000).toISOString().replace(".000Z", "Z");
}

function person({ name, email, time, zone }: Signature) {
  // These would end the field early, and git fsck would refuse the object.
  const clean = (text: string) => text.replaceAll(/[<>\n\0]/g, "").trim();
  return `${clean(name)} <${clean(email)}> ${time} ${zone}`;
}

function parsePerson(line = ""): Signature {
  const found = /^(.*?) ?<(.*?)> (\d+) ([+-]\d{4})$/.exec(line);
  return {
    name: found?.[1] ?? "",
    email: found?.[2] ?? "",
    time: Number(found?.[3] ?? 0),
    zone: found?.[4] ?? "+0000",
  };
}
