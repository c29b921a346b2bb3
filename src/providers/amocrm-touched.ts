import { z } from "zod";
import type { Touched, TouchingRequest } from "./touched.ts";

/** amoCRM changes this many at once at the most. */
const most = 250;
const ids = z.array(z.looseObject({ id: z.number().int().positive().optional() })).max(most);

/**
 * Which leads, contacts and so on a request is about: `/api/v4/ENTITY/ID…`, or `/api/v4/ENTITY` with a list in its body,
 * or, of what was made, in the answer's `_embedded`.
 */
export function touchedInAmocrm({ segments, sent, answered }: TouchingRequest): Touched | null {
  const [api, version, entity = "", id] = segments;
  if (api !== "api" || version !== "v4" || !/^[a-z_]{1,40}$/.test(entity)) return null;
  if (id !== undefined) return /^\d{1,20}$/.test(id) ? { entity, ids: [id] } : { entity, ids: [] };
  const embedded = z.looseObject({ _embedded: z.record(z.string(), z.unknown()) }).safeParse(answered).data?._embedded;
  const named = [...idsOf(sent), ...idsOf(embedded?.[entity])];
  return { entity, ids: [...new Set(named)].slice(0, most) };
}

function idsOf(list: unknown): string[] {
  return (ids.safeParse(list).data ?? []).flatMap(({ id }) => (id === undefined ? [] : [String(id)]));
}
