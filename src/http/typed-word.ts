import { z } from "zod";

/** The body of a form that asks for a word. */
export const confirmBody = z.object({ confirm: z.string().max(700).catch("") });

/**
 * Whether somebody wrote what they were asked to.
 * @returns null; or what they are told, and nothing was changed
 */
export function wordFault(written: string, word: string): string | null {
  return written.trim() === word.trim() ? null : `Write ${word}. Nothing was changed.`;
}
