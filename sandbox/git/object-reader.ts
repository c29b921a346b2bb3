import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { gitEnvironment } from "./run-git.ts";

export interface GitObject {
  oid: string;
  type: string;
  content: Buffer;
}

interface Waiting {
  resolve: (object: GitObject | null) => void;
  reject: (error: Error) => void;
}

/**
 * Reads objects through one long-lived `git cat-file --batch`, so that a commit costs no process per object.
 * Answers come back in the order of the questions.
 */
export class ObjectReader {
  readonly #path: string;
  #child: ChildProcessWithoutNullStreams | null = null;
  #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  #header: { oid: string; type: string; size: number } | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The object of that name (an id, a ref, `REV:path`), or null. Names come from callers that validated them. */
  read(name: string): Promise<GitObject | null> {
    if (name === "" || /[\n\0]/.test(name)) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#start().stdin.write(`${name}\n`);
    });
  }

  /** Ends the process and waits for it, so that its folder can be removed. */
  close(): Promise<void> {
    const child = this.#child;
    if (!child) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("close", () => resolve());
      child.stdin.end();
    });
  }

  #start() {
    if (this.#child) return this.#child;
    const child = spawn("git", ["--git-dir", this.#path, "cat-file", "--batch"], { env: gitEnvironment() });
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#answer();
    });
    child.stdin.on("error", () => undefined);
    child.on("error", () => this.#ended(child));
    child.on("close", () => this.#ended(child));
    return child;
  }

  #ended(child: ChildProcessWithoutNullStreams) {
    if (this.#child !== child) return;
    this.#child = null;
    this.#chunks = [];
    this.#length = 0;
    this.#header = null;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error("git cat-file ended"));
  }

  #answer() {
    for (;;) {
      // A large blob arrives in many pieces: they are joined once, when all of them are here.
      if (this.#header && this.#length < this.#header.size + 1) return;
      const all = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
      if (this.#header) {
        const { oid, type, size } = this.#header;
        this.#header = null;
        this.#keep(all.subarray(size + 1));
        this.#waiting.shift()?.resolve({ oid, type, content: Buffer.from(all.subarray(0, size)) });
        continue;
      }
      const end = all.indexOf(10);
      if (end < 0) {
        this.#keep(all);
        return;
      }
      const line = all.subarray(0, end).toString();
      this.#keep(all.subarray(end + 1));
      const found = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(line);
      if (found) this.#header = { oid: found[1] ?? "", type: found[2] ?? "", size: Number(found[3]) };
      else this.#waiting.shift()?.resolve(null);
    }
  }

  #keep(rest: Buffer) {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }
}
