import { z } from "zod";

export const probotOrder = z.object({
  port: z.number(),
  appId: z.number(),
  privateKey: z.string(),
  secret: z.string(),
});
