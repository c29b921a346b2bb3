import { type PktLine, PktLines } from "./pkt-lines.ts";

/** Null: done. Else why not, in the server's words. */
export type RefResult = string | null;

/** Looks at a push's answer while it is passed on. */
export interface ReportWatch {
  take(piece: Buffer): void;
  /** By ref; null: the report has not come, or can't be understood. */
  results(): ReadonlyMap<string, RefResult> | null;
}

const longestReason = 200;

/**
 * Reads what a server reports of each ref (gitprotocol-pack(5), Report Status). A report that can't be understood
 * harms nobody: the answer is the client's, and this looks on.
 * @param refs those that were pushed: others are not noted
 */
export function watchReport(refs: ReadonlySet<string>, capabilities: readonly string[]): ReportWatch {
  const sideBand = capabilities.includes("side-band-64k");
  const outer = new PktLines();
  const inner = new PktLines();
  const results = new Map<string, RefResult>();
  let state: "reading" | "done" | "garbled" = "reading";

  const note = (line: PktLine) => {
    if (line.kind !== "data") {
      state = line.kind === "flush" ? "done" : "garbled";
      return;
    }
    const [, word, ref = "", reason = ""] =
      /^(ok|ng) (\S+)(?: (.*))?$/s.exec(line.data.toString("utf8").trimEnd()) ?? [];
    if (word && refs.has(ref)) results.set(ref, word === "ok" ? null : reason.slice(0, longestReason));
  };
  const readAll = (lines: PktLines, read: (line: PktLine) => void) => {
    for (let line = lines.next(); line && state === "reading"; line = lines.next()) read(line);
  };
  const unwrap = (line: PktLine) => {
    if (line.kind !== "data" || line.data[0] !== 1) return;
    inner.take(line.data.subarray(1));
    readAll(inner, note);
  };
  return {
    take(piece) {
      if (state !== "reading") return;
      outer.take(piece);
      try {
        readAll(outer, sideBand ? unwrap : note);
      } catch {
        state = "garbled";
      }
    },
    results: () => (state === "done" ? results : null),
  };
}
