import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter } from "yaml";

type Path = readonly (string | number)[];

/** Finds the line of a field, counted from 1; of what is missing, the line of what it is missing from. */
export function createPositions(document: Document, lines: LineCounter): (path: Path) => number {
  return (path) => {
    let node: unknown = document.contents;
    let offset = rangeStart(node) ?? 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (!pair) break;
        offset = rangeStart(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof step === "number") {
        node = node.items[step];
        offset = rangeStart(node) ?? offset;
      } else break;
    }
    return lines.linePos(offset).line;
  };
}

function rangeStart(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
