import { z } from "zod";

/** For a request that says all it has to say by its address: a body may be missing, and holds nothing. */
export const noFields = z.strictObject({}).nullish();
