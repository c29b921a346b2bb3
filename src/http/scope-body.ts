import { z } from "zod";

/** The fields of a form that say how far a bot may go. What is missing or given twice comes as nothing. */
export const scopeBody = z.object({
  repositories: z.string().catch(""),
  branches: z.string().catch(""),
  capability: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .catch([]),
});

/** What stands on the lines of a field. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
}
