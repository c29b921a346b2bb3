import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { duringFile } from "./during-file.ts";

export interface Route {
  method: string;
  /** With the names of its parameters, as `/sessions/:id/end`. */
  path: string;
}

export interface RegisteredRoutes {
  /** Every route of onbehalf's own, so that none can be forgotten in a list that a test keeps. */
  all(): Route[];
}

/** https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks */
const channel = "fastify.initialization";
const initialized = z.object({ fastify: z.custom<FastifyInstance>((value) => typeof value === "object") });

/** Listens to what the servers that begin from here on register. Call it before `useStack`. */
export function useRegisteredRoutes(): RegisteredRoutes {
  const servers: Route[][] = [];
  const listen = (message: unknown) => {
    const routes: Route[] = [];
    servers.push(routes);
    initialized.parse(message).fastify.addHook("onRoute", ({ method, url }) => {
      for (const one of [method].flat()) if (one !== "HEAD") routes.push({ method: one, path: url });
    });
  };
  return duringFile(
    async () => {
      subscribe(channel, listen);
      return {
        // The sandbox is a server of this kind, too.
        all: () => servers.find((routes) => routes.some(({ path }) => path === "/readyz")) ?? [],
      };
    },
    async () => void unsubscribe(channel, listen),
  );
}
