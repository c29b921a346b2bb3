/** An answer that may be JSON. */
export interface JsonAnswer {
  status: number;
  /** Undefined: it is no JSON. */
  body: unknown;
  header(name: string): string | undefined;
}

/** Sends one request and reads the answer. What goes wrong on the way is `fetch`'s to throw. */
export async function callJson(
  deps: { fetch: typeof globalThis.fetch },
  url: string,
  init: { method: "GET" | "POST"; headers: Record<string, string>; body?: string | URLSearchParams },
): Promise<JsonAnswer> {
  const headers = { accept: "application/json", "user-agent": "onbehalf", ...init.headers };
  const response = await deps.fetch(url, { ...init, headers });
  return {
    status: response.status,
    body: parse(await response.text()),
    header: (name) => response.headers.get(name) ?? undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
