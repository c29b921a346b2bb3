import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { Stack } from "./stack.ts";

/** A run as `GET …/syncs` tells it. */
export interface ListedSync {
  id: string;
  reason: string;
  attribution: string;
  user_id: string | null;
  login: string | null;
  fallback_reason: string | null;
  result: string;
  code: string | null;
  started_at: string;
  finished_at: string | null;
  duration_ms: number | null;
}

/** A registered repository, as a host platform deals with it. */
export interface Mirrored {
  id: string;
  /** The mirror's folder. */
  path: string;
  /** Its refs, as `name id`. */
  refs(): string[];
  runs(): Promise<ListedSync[]>;
  /** Waits until nothing is due and nothing runs, and has the newest run. */
  settled(): Promise<ListedSync>;
  /** Has it synced, and waits for the outcome. */
  sync(): Promise<ListedSync>;
}

export async function register(
  stack: Stack,
  key: string,
  body: { repository: string; synced_by?: string; every?: number },
): Promise<Mirrored> {
  const { status, body: answer } = await stack.call("PUT", "/api/v1/repositories", { key, body });
  expect({ status, answer }).toMatchObject({ status: expect.toSatisfy((code) => code === 200 || code === 201) });
  const id = String(answer.id);
  const path = join(stack.environment.DATA_DIR ?? "", "mirrors", `${id}.git`);
  const mirrored: Mirrored = {
    id,
    path,
    refs: () => refsIn(path),
    async runs() {
      const listed = await stack.call("GET", `/api/v1/repositories/${id}/syncs`, { key });
      expect(listed.status).toBe(200);
      const items: unknown = listed.body.items;
      return Array.isArray(items) ? items : [];
    },
    async settled() {
      const waiting = {
        text: "SELECT 1 FROM repositories WHERE id = $1 AND (lease_id IS NOT NULL OR next_sync_at <= now())",
      };
      await vi.waitFor(
        async () => expect((await stack.database.query({ ...waiting, values: [id] })).rows).toEqual([]),
        { timeout: 20_000 },
      );
      const [latest] = await mirrored.runs();
      if (!latest) throw new Error("it was never synced");
      return latest;
    },
    async sync() {
      expect(await stack.call("POST", `/api/v1/repositories/${id}/sync`, { key })).toMatchObject({ status: 202 });
      return mirrored.settled();
    },
  };
  return mirrored;
}

/** The refs of a bare repository, as `name id`. */
export function refsIn(path: string): string[] {
  const args = [`--git-dir=${path}`, "for-each-ref", "--format=%(refname) %(objectname)"];
  return execFileSync("git", args, { encoding: "utf8" }).trim().split("\n");
}
