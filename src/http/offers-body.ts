import { z } from "zod";

/** Ids of offers: those that the page showed, and those of them that the person doesn't want. */
const offerIds = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat())
  .pipe(z.array(z.uuid()).max(1000))
  .optional();

/** What the form of a page with offers sends. */
export const offersFields = { offer: offerIds, refuse: offerIds };
export const offersBody = z.object(offersFields).nullish();
