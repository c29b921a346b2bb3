import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import type { Config } from "../../config/read-config.ts";
import type { WantedAccess } from "./check-access.ts";

const manifest = z.object({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

/** What `app.yml` asks for, with what this deployment needs beside it. */
export async function readWantedAccess({ signIn }: Pick<Config, "signIn">): Promise<WantedAccess> {
  const text = await readFile(new URL("../../../app.yml", import.meta.url), "utf8");
  const { default_permissions, default_events } = manifest.parse(parse(text));
  // GitHub tells who is a member without it, too, but perhaps not of hidden memberships: it may be there, and may not.
  const optional: Record<string, string> = signIn.kind === "org" ? { members: "read" } : {};
  return { permissions: default_permissions, optional, events: default_events };
}
