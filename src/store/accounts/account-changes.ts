import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Log } from "../../log.ts";

/**
 * The channel on which the statements that store a pair, end an account or release a lease tell its id. It is only a
 * hint that saves waiting: whoever waits also looks again by itself, since a notification can be lost. Lost races for
 * a branch are told here, too, for they are hints of the same kind.
 */
export const channel = "onbehalf_accounts";

/** What PostgreSQL calls the connection on which a running process listens: each has one, and commands have none. */
export const listeningName = "onbehalf: listens";

/** A statement that changes accounts and, once it is committed, tells which. Its row count is that of the change. */
export function announced(change: string): string {
  return `WITH changed AS (${change} RETURNING id) SELECT pg_notify('${channel}', id::text) FROM changed`;
}

/** Watches one account from the moment it is made, so that no change between two looks is missed. */
export interface AccountWatch {
  /** Waits for the next change, or until it is time to look again. */
  next(atMostMs: number): Promise<void>;
  end(): void;
}

export interface AccountChanges {
  watch(accountId: string): AccountWatch;
  /** Calls a listener with what is told about a subject, until the function that comes back is called. */
  on(subject: string, listener: (detail: string) => void): () => void;
  close(): Promise<void>;
}

/** Listens on a connection of its own, which is made again whenever it is lost. */
export function listenForAccountChanges(deps: { log: Log }, options: { url: string }): AccountChanges {
  const watches = new Map<string, Set<(detail: string) => void>>();
  const closing = new AbortController();
  const running = listenAgainAndAgain(deps, options.url, closing.signal, (payload) => {
    const [subject = "", detail = ""] = payload.split(/ (.*)/s);
    for (const tell of watches.get(subject) ?? []) tell(detail);
  });
  const on: AccountChanges["on"] = (subject, listener) => {
    const listeners = watches.get(subject) ?? new Set();
    watches.set(subject, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && watches.get(subject) === listeners) watches.delete(subject);
    };
  };
  return {
    on,
    watch(accountId) {
      let wake = () => {};
      let changed = nextChange();
      function nextChange(): Promise<void> {
        return new Promise((resolve) => {
          wake = resolve;
        });
      }
      const end = on(accountId, () => wake());
      return {
        async next(atMostMs) {
          const timer = new AbortController();
          await Promise.race([changed, sleep(atMostMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
          timer.abort();
          changed = nextChange();
        },
        end,
      };
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

const longestPauseMs = 5_000;

async function listenAgainAndAgain(
  deps: { log: Log },
  url: string,
  closing: AbortSignal,
  onChange: (payload: string) => void,
): Promise<void> {
  let pauseMs = 100;
  while (!closing.aborted) {
    const client = new Client({
      connectionString: url,
      application_name: listeningName,
      connectionTimeoutMillis: 4_000,
      // A peer that vanished without a word is noticed.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    const lost = new Promise<never>((_resolve, reject) => {
      client.on("error", reject);
      client.once("end", () => reject(new Error("the connection ended")));
    });
    const stop = () => void client.end().catch(() => undefined);
    closing.addEventListener("abort", stop);
    client.on("notification", ({ payload }) => onChange(payload ?? ""));
    try {
      await Promise.race([lost, client.connect().then(() => client.query(`LISTEN ${channel}`))]);
      pauseMs = 100;
      await lost;
    } catch (error) {
      if (!closing.aborted) deps.log.warn({ err: error }, "can't listen for changes of accounts; polling meanwhile");
    } finally {
      closing.removeEventListener("abort", stop);
      stop();
    }
    await sleep(pauseMs, undefined, { signal: closing }).catch(() => undefined);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
