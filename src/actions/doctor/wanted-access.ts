import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import type { WantedAccess } from "./check-access.ts";

const manifest = z.object({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

/** What `app.yml` asks for, and nothing that only looks like it. */
export async function readWantedAccess(): Promise<WantedAccess> {
  const text = await readFile(new URL("../../../app.yml", import.meta.url), "utf8");
  const { default_permissions, default_events } = manifest.parse(parse(text));
  return { permissions: default_permissions, events: default_events };
}
