import type { Api } from "../../providers/provider.ts";
import type { Touched } from "../../providers/touched.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import type { AuditEvent } from "../../store/audit.ts";
import { peekAnswer } from "./peek-answer.ts";

type Detail = NonNullable<AuditEvent["detail"]>;

/** What a call is about, for its event in the audit log: kinds and ids alone. */
export interface TouchNotes {
  /** Known before it is sent. */
  before: Detail;
  /** What the answer adds, such as the id of what was made. */
  after(answer: UpstreamAnswer): Promise<{ answer: UpstreamAnswer; detail: Detail }>;
  /** Headers that the call needs so that its answer can be read. */
  headers: Record<string, string>;
}

/**
 * Reads from a call which thing of the provider's it is about.
 * @param call.json its body, read only where it may name what the path doesn't
 */
export async function noteTouched(
  api: Api,
  call: { method: string; segments: readonly string[]; json(): Promise<unknown> },
): Promise<TouchNotes> {
  const { touched } = api;
  const { method, segments } = call;
  const nothing: TouchNotes = { before: {}, after: async (answer) => ({ answer, detail: {} }), headers: {} };
  const byPath = touched?.({ segments });
  if (!touched || !byPath) return nothing;
  if (method === "GET" || method === "HEAD" || byPath.ids.length > 0) return { ...nothing, before: detailOf(byPath) };
  const known = touched({ segments, sent: await call.json() }) ?? byPath;
  const before = detailOf(known);
  if (method !== "POST") return { ...nothing, before };
  return {
    before,
    headers: { "accept-encoding": "identity" },
    async after(answered) {
      if (answered.status >= 300) return { answer: answered, detail: {} };
      const { answer, json } = await peekAnswer(answered);
      const made = touched({ segments, answered: json });
      return { answer, detail: made ? detailOf({ ...made, ids: [...new Set([...known.ids, ...made.ids])] }) : {} };
    },
  };
}

function detailOf({ entity, ids }: Touched): Detail {
  const [first] = ids;
  if (first === undefined) return { entity };
  return ids.length === 1 ? { entity, id: first } : { entity, ids };
}
