import pg from "pg";

/** A text that was found, and where. */
export interface Leak {
  place: string;
  secret: string;
  form: string;
}

/** A place where nobody may read a secret. */
export interface Place {
  place: string;
  text: string;
}

/** How a secret looks when something wrote it down: as it is, or as bytes, encoded. */
function formsOf(secret: string): [form: string, text: string][] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ["plain", secret],
    ["in JSON", json],
    ["in JSON within JSON", JSON.stringify(json).slice(1, -1)],
    ["in an address", encodeURIComponent(secret)],
    ["in hex", bytes.toString("hex")],
    ["in base64", bytes.toString("base64").replace(/=+$/, "")],
    ["in base64url", bytes.toString("base64url")],
  ];
}

/** Looks for every form of every secret. */
export function findLeaks(places: readonly Place[], secrets: readonly string[]): Leak[] {
  const needles = secrets.flatMap((secret) => formsOf(secret).map(([form, text]) => ({ secret, form, text })));
  return places.flatMap(({ place, text }) =>
    needles.filter((needle) => text.includes(needle.text)).map(({ secret, form }) => ({ place, secret, form })),
  );
}

/** Every row of every table, and every statement that the server remembers, each as one text. */
export async function dumpDatabase(url: string): Promise<Place[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    const places: Place[] = [];
    for (const { name } of tables.rows) {
      // Bytes are written in hex here; decoded they may hold text, too.
      const { rows } = await client.query<{ row: Record<string, unknown> }>(`SELECT to_jsonb(t) AS row FROM ${name} t`);
      for (const { row } of rows) {
        const bytes = Object.values(row).filter((value): value is string => /^\\x[0-9a-f]+$/.test(String(value)));
        const decoded = bytes.flatMap((value) => {
          const raw = Buffer.from(value.slice(2), "hex");
          return [raw.toString("latin1"), raw.toString("utf8")];
        });
        places.push({ place: `table ${name}`, text: [JSON.stringify(row), ...decoded].join("\n") });
      }
    }
    const statements = await client.query<{ query: string }>("SELECT query FROM pg_stat_activity WHERE query <> ''");
    for (const { query } of statements.rows) places.push({ place: "a statement of the server", text: query });
    return places;
  } finally {
    await client.end();
  }
}
