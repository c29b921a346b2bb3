import { z } from "zod";

/** Text that git and PostgreSQL can hold: no NUL, and no half of a surrogate pair. */
export const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed() && !value.includes("\0"), {
      error: "give well-formed text without a NUL",
    });

/** For whom something is done: a user reference, or an id of the platform's own. */
export const requestedBy = text(700)
  .refine((who) => who.trim() !== "", { error: "say who asked" })
  .optional()
  .describe("Who asked: a user reference, or an id of your own. Goes into the audit log.");

/** Where the run can be looked at that does it. */
export const runUrl = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine((url) => !/[\s\p{Cc}\p{Cs}]/u.test(url), { error: "an address has no space and no control character" })
  .refine((url) => !URL.parse(url)?.username && !URL.parse(url)?.password, {
    error: "leave user and password out: everybody who reads the commit reads the address",
  })
  .optional()
  .describe("The run that it comes from. Goes into the audit log.");
