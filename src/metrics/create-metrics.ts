import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Counts } from "./counts.ts";

/** How things stand at the moment; null: it can't be said, as with the database away. */
export interface Observed {
  accounts: { provider: string; state: string; count: number }[] | null;
  queues: { queue: string; state: string; count: number; oldestSeconds: number }[] | null;
  connections: { total: number; idle: number; waiting: number };
}

export interface Metrics extends Counts {
  /** The media type of {@link show}. */
  type: string;
  /** All of it, in Prometheus' text format. */
  show(observed: Observed): Promise<string>;
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Counts in a registry of its own. @param build the version that runs */
export function createMetrics(build: { version: string; node: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `onbehalf_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: `onbehalf_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[], buckets: number[]) =>
    new Histogram({ name: `onbehalf_${name}`, help, labelNames, buckets, registers });

  const requests = counter("http_requests_total", "Requests that were answered.", ["method", "route", "status"]);
  const times = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 15, 60];
  const seconds = histogram("http_request_seconds", "From a request's head to its answer's end.", ["route"], times);
  const problems = counter("problems_total", "Problems that were answered, by their code.", ["code"]);
  const acting = counter("acting_total", "What was done, or tried, in somebody's name or the App's.", [
    "action",
    "attribution",
    "result",
    "reason",
  ]);
  const refreshes = counter("refreshes_total", "Refreshes that were sent to a provider.", ["provider", "result"]);
  const refreshTimes = [0.1, 0.25, 0.5, 1, 2.5, 5, 15];
  const refreshSeconds = histogram("refresh_seconds", "How long a provider took.", ["provider"], refreshTimes);
  const deliveries = counter("deliveries_total", "Deliveries that were worked on.", ["provider", "result"]);
  const bytes = counter("proxy_bytes_total", "What callers sent to and got from providers.", ["surface", "direction"]);
  const accounts = gauge("accounts", "Accounts, at most a minute ago.", ["provider", "state"]);
  const depth = gauge("queue_depth", "What waits in a queue, or was parked there as failed.", ["queue", "state"]);
  const age = gauge("queue_oldest_seconds", "The age of the oldest of it.", ["queue", "state"]);
  const pool = gauge("database_connections", "This process's connections; waiting: requests for one.", ["state"]);
  const up = gauge("database_up", "Whether the database answered just now.", []);
  gauge("build_info", "What runs here.", ["version", "node"]).set(build, 1);
  observeProcess(registry);

  return {
    type: registry.contentType,
    answered({ method, route = "none", status, seconds: took }) {
      requests.inc({ method: methods.includes(method) ? method : "other", route, status });
      seconds.observe({ route }, took);
    },
    refused: (code) => problems.inc({ code }),
    acted: ({ reason, ...labels }) => acting.inc({ ...labels, reason: reason ?? "none" }),
    refreshed(provider, result, took) {
      refreshes.inc({ provider, result });
      refreshSeconds.observe({ provider }, took);
    },
    delivered: (provider, result) => deliveries.inc({ provider, result }),
    moved({ surface, received, sent }) {
      bytes.inc({ surface, direction: "received" }, received);
      bytes.inc({ surface, direction: "sent" }, sent);
    },
    show(observed) {
      accounts.reset();
      depth.reset();
      age.reset();
      for (const { count, ...labels } of observed.accounts ?? []) accounts.set(labels, count);
      for (const { queue, state, count, oldestSeconds } of observed.queues ?? []) {
        depth.set({ queue, state }, count);
        age.set({ queue, state }, oldestSeconds);
      }
      for (const [state, count] of Object.entries(observed.connections)) pool.set({ state }, count);
      up.set(observed.queues === null ? 0 : 1);
      return registry.metrics();
    },
  };
}

/** Of the process itself, under the names that dashboards for Node know. */
function observeProcess(registry: Registry): void {
  const registers = [registry];
  const began = Date.now() / 1000 - process.uptime();
  let before = performance.eventLoopUtilization();
  new Gauge({ name: "process_start_time_seconds", help: "When it began.", registers }).set(began);
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Its memory.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "nodejs_eventloop_utilization",
    help: "The part of its time since the last look that it was busy, from 0 to 1.",
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Its time on processors.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}
