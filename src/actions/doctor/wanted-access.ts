import type { Config } from "../../config/read-config.ts";
import { readAppManifest } from "../setup/app-manifest.ts";

/** What the App should ask GitHub's owners for. */
export interface WantedAccess {
  permissions: Record<string, string>;
  /** What this deployment may need beside it: GitHub is not known to insist. */
  perhaps: Record<string, string>;
  events: string[];
}

/** What `app.yml` asks for, and what set-up adds to it. */
export async function readWantedAccess({ signIn }: Pick<Config, "signIn">): Promise<WantedAccess> {
  const { default_permissions, default_events } = await readAppManifest();
  const perhaps: Record<string, string> = signIn.kind === "org" ? { members: "read" } : {};
  return { permissions: default_permissions, perhaps, events: default_events };
}
