import { expect, test } from "vitest";
import { Html, html } from "../../src/views/html.ts";

const hostile = `<img src=x onerror=alert(1)>&"'`;
const harmless = "&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;";

test("text is escaped, in content and in attributes", () => {
  expect(String(html`<a title="${hostile}">${hostile}</a>`)).toBe(`<a title="${harmless}">${harmless}</a>`);
});

test("markup is inserted as it is, and its own values stay escaped", () => {
  expect(String(html`<p>${html`<b>${hostile}</b>`}</p>`)).toBe(`<p><b>${harmless}</b></p>`);
});

test("lists are joined and escaped, nested ones too", () => {
  expect(String(html`${["<", html`<br>`, [1, ["'"]]]}`)).toBe("&lt;<br>1&#39;");
});

test("nothing stays nothing, zero stays zero", () => {
  expect(String(html`[${null}${undefined}${false}${""}${0}]`)).toBe("[0]");
});

test("an escape that was already made is escaped again: text means itself", () => {
  expect(String(html`${"&lt;"}`)).toBe("&amp;lt;");
});

test("nothing but Html passes as markup", () => {
  const forged = { toString: () => "<script>", map: () => ["&lt;forged&gt;"] };
  // @ts-expect-error a plain object is no fragment
  expect(String(html`${forged}`)).not.toContain("<script>");
  expect(html`<br>`).toBeInstanceOf(Html);
});
