import { createAppAuth } from "@octokit/auth-app";
import { z } from "zod";
import type { Settings } from "./settings.ts";

export interface Answer {
  status: number;
  body: unknown;
}

export interface GithubApi {
  /** @param as a user token, `app` for the App's JWT, `client` for its id and secret */
  rest(as: string, method: string, path: string, body?: object): Promise<Answer>;
  graphql(token: string, query: string, variables?: object): Promise<Answer>;
  /** The OAuth token endpoint. */
  oauth(fields: Record<string, string>): Promise<Answer>;
}

const DEADLINE_MS = 30_000;

export function createGithubApi(deps: { fetch: typeof globalThis.fetch }, settings: Settings): GithubApi {
  const { app, apiUrl, webUrl } = settings;
  const auth = createAppAuth({ appId: app.id, privateKey: app.privateKey });
  const graphqlUrl = apiUrl.endsWith("/api/v3") ? apiUrl.replace(/\/v3$/, "/graphql") : `${apiUrl}/graphql`;

  async function credentials(as: string): Promise<string> {
    if (as === "app") return `bearer ${(await auth({ type: "app" })).token}`;
    if (as === "client") return `basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString("base64")}`;
    return `token ${as}`;
  }

  async function send(url: string, method: string, authorization: string | null, body?: object): Promise<Answer> {
    const answer = await deps.fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: {
        accept: "application/json",
        "user-agent": "onbehalf-live-check",
        ...(authorization ? { authorization } : {}),
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: parsed(text) };
  }

  return {
    rest: async (as, method, path, body) => send(apiUrl + path, method, await credentials(as), body),
    graphql: async (token, query, variables = {}) =>
      send(graphqlUrl, "POST", await credentials(token), { query, variables }),
    oauth: (fields) =>
      send(`${webUrl}/login/oauth/access_token`, "POST", null, {
        client_id: app.clientId,
        client_secret: app.clientSecret,
        ...fields,
      }),
  };
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text.slice(0, 200);
  }
}

const refusal = z.object({
  message: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  errors: z.array(z.object({ type: z.string().optional(), message: z.string().optional() })).optional(),
});

/** An answer in a line: its status, and the words of a refusal. */
export function brief({ status, body }: Answer): string {
  const said = refusal.safeParse(body).data;
  const errors = (said?.errors ?? []).map(({ type, message }) =>
    [type, message && `"${message}"`].filter(Boolean).join(" "),
  );
  const words = [said?.error, said?.error_description ?? said?.message, ...errors].filter(Boolean);
  return [`HTTP ${status}`, ...words].join(": ");
}

/** The first error of a GraphQL answer, or null. */
export function graphqlError({ body }: Answer): { type: string; message: string } | null {
  const [first] = refusal.safeParse(body).data?.errors ?? [];
  return first ? { type: first.type ?? "(no type)", message: first.message ?? "" } : null;
}

/** An answer's body in the shape that the experiment needs. @throws with what GitHub said instead */
export function read<Schema extends z.ZodType>(schema: Schema, answer: Answer): z.infer<Schema> {
  const found = schema.safeParse(answer.body);
  if (!found.success) throw new Error(brief(answer));
  return found.data;
}
