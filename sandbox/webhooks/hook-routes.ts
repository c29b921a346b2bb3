import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { requireApp } from "../http/require-actor.ts";
import { notFound, unprocessable } from "../http/rest-error.ts";
import type { World } from "../world/world.ts";
import type { DeliveryRecord } from "./webhooks.ts";

const pageShape = z.object({
  per_page: z.coerce.number().int().min(1).max(100).catch(30),
  cursor: z.coerce.number().optional().catch(undefined),
  status: z.enum(["success", "failure"]).optional().catch(undefined),
});
const configShape = z.object({
  url: z.url().optional(),
  content_type: z.enum(["json", "form"]).optional(),
  insecure_ssl: z.union([z.enum(["0", "1"]), z.literal(0), z.literal(1)]).optional(),
  secret: z.string().optional(),
});

/** `/app/hook`: where the app's deliveries go, which there were, and sending one again. */
export function routeHook(server: FastifyInstance, world: World): void {
  server.get("/app/hook/config", async (request) => {
    requireApp(world, request);
    return configBody(world);
  });

  server.patch("/app/hook/config", async (request) => {
    requireApp(world, request);
    const change = configShape.safeParse(request.body);
    if (!change.success) throw unprocessable("Validation Failed");
    const { url, content_type, insecure_ssl, secret } = change.data;
    if (url !== undefined) world.webhooks.setUrl(url);
    world.hook.contentType = content_type ?? world.hook.contentType;
    if (insecure_ssl !== undefined) world.hook.insecureSsl = String(insecure_ssl) === "1";
    world.app.webhookSecret = secret ?? world.app.webhookSecret;
    return configBody(world);
  });

  server.get("/app/hook/deliveries", async (request, reply) => {
    requireApp(world, request);
    const { per_page, cursor, status } = pageShape.parse(request.query);
    const wanted = world.webhooks.deliveries
      .toReversed()
      .filter((one) => cursor === undefined || one.number < cursor)
      .filter((one) => status === undefined || (status === "success") === succeeded(one));
    const page = wanted.slice(0, per_page);
    const last = page.at(-1);
    if (last && wanted.length > page.length) {
      const next = new URLSearchParams({ per_page: String(per_page), cursor: String(last.number) });
      if (status) next.set("status", status);
      reply.header("link", `<${world.addresses.api}/app/hook/deliveries?${next}>; rel="next"`);
    }
    return page.map(deliveryBody);
  });

  server.get<{ Params: { id: string } }>("/app/hook/deliveries/:id", async (request) => {
    requireApp(world, request);
    const record = world.webhooks.deliveries.find((one) => one.number === Number(request.params.id));
    if (!record) throw notFound();
    const payload: unknown = JSON.parse(world.webhooks.payload(record));
    const headers = { "X-GitHub-Delivery": record.id, "X-GitHub-Event": record.event };
    return {
      ...deliveryBody(record),
      url: world.webhooks.url,
      request: { headers, payload },
      response: { headers: {}, payload: "" },
    };
  });

  server.post<{ Params: { id: string } }>("/app/hook/deliveries/:id/attempts", async (request, reply) => {
    requireApp(world, request);
    if (!world.webhooks.redeliver(Number(request.params.id))) throw notFound();
    return reply.code(202).send({});
  });
}

function configBody(world: World): components["schemas"]["webhook-config"] {
  const { url } = world.webhooks;
  if (url === null) throw notFound();
  return {
    content_type: world.hook.contentType,
    insecure_ssl: world.hook.insecureSsl ? "1" : "0",
    secret: "********",
    url,
  };
}

function deliveryBody(record: DeliveryRecord): components["schemas"]["hook-delivery-item"] {
  const status = record.status === 0 ? "failed to connect to host" : succeeded(record) ? "OK" : "Invalid HTTP Response";
  return {
    id: record.number,
    guid: record.id,
    delivered_at: new Date(record.at).toISOString(),
    redelivery: record.redelivery,
    duration: 0.1,
    status,
    status_code: record.status,
    event: record.event,
    action: record.action,
    installation_id: null,
    repository_id: null,
    throttled_at: null,
  };
}

function succeeded(record: DeliveryRecord) {
  return record.status >= 200 && record.status < 300;
}
