import type { ProblemCode } from "../../errors.ts";
import type { BotKind } from "../../store/bots.ts";
import type { Area } from "./words.ts";

declare module "fastify" {
  interface FastifySchema {
    /** What a call can be refused with, beside what every call can be. For the document alone: nothing is checked by it. */
    problems?: readonly ProblemCode[];
  }
}

/** Who may call: a bot's key, a host platform's, a pass. */
export type Caller = BotKind | "pass";

/** Each caller's name among the document's security schemes. */
export const schemeOf = { bot: "botKey", platform: "platformKey", pass: "pass" } as const satisfies Record<
  Caller,
  string
>;

/**
 * What a route's schema says of its operation beside what it takes and answers.
 * @param words.callers by which keys it may be called; none: by anybody
 * @param words.problems what it can be refused with beside what every call can be
 */
export function operation(
  operationId: string,
  words: {
    area: Area;
    summary: string;
    description?: string;
    callers: readonly Caller[];
    problems?: readonly ProblemCode[];
  },
) {
  const { area, summary, description, callers, problems = [] } = words;
  return {
    operationId,
    tags: [area],
    summary,
    ...(description !== undefined && { description }),
    security: callers.map((caller) => ({ [schemeOf[caller]]: [] })),
    problems,
  };
}
