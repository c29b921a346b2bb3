import { GraphqlFault } from "./graphql-fault.ts";

export interface PageWish {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

/** A page of a list that is known whole: a connection as GitHub's are. Without `first` and `last` it can only be counted. */
export function connection<Item>(items: readonly Item[], wish: PageWish, node: (item: Item) => unknown) {
  const { first, last, after, before } = wish;
  const totalCount = items.length;
  const size = first ?? last;
  if (size == null || size < 0 || size > 100) {
    const unpaged = () => {
      const words = "You must provide a `first` or `last` value of at most 100 to page a list.";
      throw new GraphqlFault("ARGUMENT_ERROR", words);
    };
    return { totalCount, nodes: unpaged, edges: unpaged, pageInfo: unpaged };
  }
  const from = after == null ? 0 : placeOf(after) + 1;
  const to = before == null ? items.length : placeOf(before);
  const start = first == null ? Math.max(from, to - size) : from;
  const end = first == null ? to : Math.min(to, from + size);
  const shown = items.slice(start, end);
  const cursor = (place: number) => Buffer.from(`cursor:${start + place}`).toString("base64");
  const nodes = shown.map(node);
  return {
    totalCount,
    nodes,
    edges: nodes.map((one, place) => ({ node: one, cursor: cursor(place) })),
    pageInfo: {
      startCursor: shown.length > 0 ? cursor(0) : null,
      endCursor: shown.length > 0 ? cursor(shown.length - 1) : null,
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
    },
  };
}

/** The field of a list that nothing here fills. */
export function emptyConnection(wish: PageWish) {
  return connection([], wish, () => null);
}

function placeOf(cursor: string): number {
  const [, place] = /^cursor:(\d+)$/.exec(Buffer.from(cursor, "base64").toString()) ?? [];
  if (place === undefined)
    throw new GraphqlFault("ARGUMENT_ERROR", `\`${cursor}\` does not appear to be a valid cursor.`);
  return Number(place);
}
