import { z } from "zod";
import { type ProblemCode, problemStatus } from "../../errors.ts";
import { problemBody, problemTitles } from "../problem.ts";

/** The schema that all problems share, as it stands in the document. */
export const problemComponent = z.toJSONSchema(problemBody, { io: "input" });

const retryAfter = {
  "retry-after": { type: "integer", description: "Seconds after which the same call may succeed." },
};

/** A document's answers for what can be refused: one for each status, with its codes. */
export function problemAnswers(codes: readonly ProblemCode[]): Record<number, object> {
  const statuses = [...new Set(codes.map((code) => problemStatus[code]))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const those = [...new Set(codes)].filter((code) => problemStatus[code] === status);
      const schema = {
        allOf: [
          { $ref: "#/components/schemas/Problem" },
          { type: "object", properties: { status: { const: status }, code: { enum: those } } },
        ],
      };
      return [
        status,
        {
          description: problemTitles[status] ?? "Error",
          ...((status === 429 || status === 503) && { headers: retryAfter }),
          content: { "application/problem+json": { schema } },
        },
      ];
    }),
  );
}
