import { describe, expect, test } from "vitest";
import type { Html } from "../../src/views/html.ts";
import { attribute, everyPage, tags } from "./every-page.ts";

const hostile = [
  "<img src=x onerror=alert(1)>",
  `"><script>alert(1)</script>`,
  `' onmouseover='alert(1)`,
  `" onfocus="alert(1)" autofocus="`,
  "</textarea><script>alert(1)</script>",
  "javascript:alert(1)",
];

/** A page without the one script that it loads. */
function withoutOurScript(page: Html): string {
  return String(page).replace('<script src="/static/local-time.js" defer></script>', "");
}

describe.each(hostile)("with %s everywhere", (text) => {
  test.each(everyPage(text))("%s stays harmless", (_name, page) => {
    if (/[<"']/.test(text)) expect(String(page)).not.toContain(text);
    for (const tag of tags(withoutOurScript(page))) {
      expect(tag).not.toMatch(/^<\/?(script|style|iframe|object|embed|base)\b/i);
      const names = [...tag.replace(/"[^"]*"/g, '""').matchAll(/\s([^\s=>/]+)/g)].map(([, name = ""]) => name);
      expect(names.filter((name) => /^(on|style$|srcdoc$|formaction$)/i.test(name))).toEqual([]);
      for (const name of ["href", "src", "action"]) expect(attribute(tag, name) ?? "/").toMatch(/^(\/|https?:|#)/);
    }
  });
});

describe.each(everyPage("ada"))("%s", (_name, page) => {
  const all = tags(page);
  const ids = all.flatMap((tag) => attribute(tag, "id") ?? []);

  test("has no id twice, and every reference has its target", () => {
    expect(ids).toEqual([...new Set(ids)]);
    for (const tag of all) {
      for (const name of ["for", "aria-describedby", "aria-labelledby"]) {
        for (const id of attribute(tag, name)?.split(" ") ?? []) expect(ids, tag).toContain(id);
      }
    }
  });

  test("labels every control", () => {
    const labelled = all.filter((tag) => tag.startsWith("<label")).map((tag) => attribute(tag, "for"));
    const controls = all.filter((tag) => /^<(input|select|textarea)\b/.test(tag) && !tag.includes(' type="hidden"'));
    for (const tag of controls) {
      expect(labelled, tag).toContain(attribute(tag, "id"));
    }
  });

  test("has a language, one main, one h1 and no level left out", () => {
    expect(String(page)).toMatch(/^<!doctype html>\n<html lang="en" data-color-mode="auto"/);
    expect(all.filter((tag) => tag.startsWith("<main"))).toHaveLength(1);
    const levels = all.flatMap((tag) => /^<h([1-6])/.exec(tag)?.[1] ?? []).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.reduce((before, level) => {
      expect(level).toBeLessThanOrEqual(before + 1);
      return level;
    }, 0);
  });

  test("closes what it opens", () => {
    const open: string[] = [];
    for (const tag of all) {
      const [, end, name = ""] = /^<(\/?)([a-z0-9]+)/i.exec(tag) ?? [];
      if (["", "meta", "link", "input", "img", "br"].includes(name) || tag.endsWith("/>")) continue;
      if (end) expect(open.pop(), tag).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });
});
