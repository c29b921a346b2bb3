import { flush, pktLine } from "./pkt-lines.ts";

/** What a push does to one ref. An id of zeros: it is created, or deleted. */
export interface RefCommand {
  ref: string;
  from: string;
  to: string;
}

/** What a push says before its pack (gitprotocol-pack(5), Reference Update Request). */
export interface PushRequest {
  commands: RefCommand[];
  /** What the client has chosen of what the server can do. */
  capabilities: string[];
  /** Where the client's history is cut off. */
  shallow: string[];
  /** Null: it may send none. */
  options: string[] | null;
}

export function isDeletion({ to }: RefCommand): boolean {
  return /^0+$/.test(to);
}

/** The same in bytes, of ours alone: what was checked is what is sent, and not another reading of the same bytes. */
export function encodePush({ commands, capabilities, shallow, options }: PushRequest): Buffer {
  const lines = commands.map(({ ref, from, to }, index) =>
    pktLine(`${from} ${to} ${ref}${index === 0 ? `\0 ${capabilities.join(" ")}` : ""}`),
  );
  const chosen = options ? [...options.map(pktLine), flush] : [];
  return Buffer.concat([...shallow.map((id) => pktLine(`shallow ${id}`)), ...lines, flush, ...chosen]);
}
