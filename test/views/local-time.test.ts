import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { localTime } from "../../src/views/stylesheets.ts";

/** Runs the script on times, for a reader in a zone. */
async function read(zone: string, elements: { dateTime: string; textContent: string; title: string }[]) {
  class There extends Intl.DateTimeFormat {
    constructor(locale: string, options: Intl.DateTimeFormatOptions) {
      super(locale, { ...options, timeZone: zone });
    }
  }
  const document = { querySelectorAll: (wanted: string) => (wanted === "time[datetime]" ? elements : []) };
  const script = await readFile(fileURLToPath(localTime.file), "utf8");
  runInNewContext(script, { document, Date, Number, Intl: { DateTimeFormat: There } });
}

test.each([
  ["Asia/Tokyo", "22 Nov 2025, 04:05 GMT+9"],
  ["America/New_York", "21 Nov 2025, 14:05 GMT-5"],
  ["UTC", "21 Nov 2025, 19:05 UTC"],
])("a time is written as in %s, and the exact one stays in the title", async (zone, written) => {
  const time = { dateTime: "2025-11-21T19:05:09.000Z", textContent: "21 Nov 2025, 19:05 UTC", title: "exact" };
  const broken = { dateTime: "soon", textContent: "soon", title: "" };
  await read(zone, [time, broken]);
  expect(time).toMatchObject({ textContent: written, title: "exact" });
  expect(broken.textContent).toBe("soon");
});
