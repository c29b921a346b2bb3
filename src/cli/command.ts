import type { StorageConfig } from "../config/read-config.ts";
import type { Log } from "../log.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { attachEmbedded } from "../store/embedded/attach-embedded.ts";
import { startEmbedded } from "../store/embedded/start-embedded.ts";
import { migrate } from "../store/migrate.ts";

/** What a command is given. */
export interface CommandDeps {
  storage: StorageConfig;
  /** Goes to standard error. */
  log: Log;
  /** Writes a line to standard output. */
  print(line: string): void;
}

/**
 * Runs a command's work on the database: the configured one, the running app's embedded one, or an embedded one that
 * is started for as long as the work takes. It is brought up to date first.
 * @param options.statementTimeoutMs for work with statements that go through whole tables
 */
export async function withDatabase(
  deps: CommandDeps,
  work: (database: Database, opened: { applied: string[] }) => Promise<void>,
  options: { statementTimeoutMs?: number } = {},
): Promise<void> {
  const { storage, log } = deps;
  const running = storage.databaseUrl ? { url: storage.databaseUrl } : await attachEmbedded(storage);
  const own = running ? null : await startEmbedded({ log: (line) => log.debug(line) }, storage);
  try {
    const url = running?.url ?? own?.url ?? "";
    const opened = await migrate({ url });
    const database = openDatabase({ log }, { ...options, url, connections: 2 });
    try {
      await work(database, opened);
    } finally {
      await database.close();
    }
  } finally {
    await own?.stop();
  }
}

/** What people and bots have written must not steer a terminal. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

/** Prints rows for a person, or as JSON. */
export function printRows(
  deps: CommandDeps,
  options: { json?: boolean },
  rows: Record<string, string | string[] | null>[],
  empty: string,
): void {
  if (options.json) {
    deps.print(JSON.stringify({ items: rows }));
    return;
  }
  const [first] = rows;
  if (!first) {
    deps.print(empty);
    return;
  }
  const columns = Object.keys(first);
  const cells = [
    columns.map((name) => name.replaceAll("_", " ")),
    ...rows.map((row) => columns.map((name) => harmless([row[name] ?? "-"].flat().join(" ")))),
  ];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  for (const line of cells) {
    deps.print(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}
