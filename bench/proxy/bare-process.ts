import httpProxy from "@fastify/http-proxy";
import Fastify from "fastify";
import { bareOrder } from "./messages.ts";

// A proxy that knows nobody and keeps nothing: Fastify with its own plugin for that, as both come.

const { port, origin } = bareOrder.parse(JSON.parse(process.argv[2] ?? ""));
const server = Fastify();
await server.register(httpProxy, { upstream: origin, prefix: "/api/v3", rewritePrefix: "" });
await server.listen({ port, host: "127.0.0.1" });
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
