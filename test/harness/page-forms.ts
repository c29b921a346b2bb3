import type { Page } from "./browser.ts";

/** A form of a page, as a browser would send it untouched. */
export interface PageForm {
  method: "get" | "post";
  /** Its address, resolved. */
  action: string;
  fields: [name: string, value: string][];
  /** The names of what somebody writes into or chooses from. */
  entered: string[];
}

/** The addresses that a page's links lead to, resolved. */
export function linksOf({ text, url }: Page): string[] {
  return [...text.matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)].map(([, href = ""]) => new URL(decode(href), url).href);
}

/** Every form, and each of the buttons that send something of their own. */
export function formsOf({ text, url }: Page): PageForm[] {
  return [...text.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].flatMap(([, attributes = "", inside = ""]) => {
    const method = attribute(attributes, "method") === "post" ? "post" : "get";
    const action = new URL(attribute(attributes, "action") ?? "", url).href;
    const [fields, entered] = [[...inputs(inside), ...selects(inside), ...textareas(inside)], namesEntered(inside)];
    const buttons = [...inside.matchAll(/<button\b([^>]*)>/g)].flatMap(([, button = ""]) => named(button));
    const form: PageForm = { method, action, fields, entered };
    return buttons.length === 0 ? [form] : buttons.map((button) => ({ ...form, fields: [...fields, button] }));
  });
}

function inputs(inside: string): [string, string][] {
  return [...inside.matchAll(/<input\b([^>]*)>/g)].flatMap(([, input = ""]) => {
    const chosen = !/^(checkbox|radio)$/.test(attribute(input, "type") ?? "") || / checked\b/.test(input);
    return chosen ? named(input) : [];
  });
}

function selects(inside: string): [string, string][] {
  return [...inside.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)].flatMap(([, select = "", options = ""]) => {
    const all = [...options.matchAll(/<option\b([^>]*)>/g)].map(([, option = ""]) => option);
    const option = all.find((one) => / selected\b/.test(one)) ?? all[0] ?? "";
    return named(select).map(([name]): [string, string] => [name, attribute(option, "value") ?? ""]);
  });
}

function textareas(inside: string): [string, string][] {
  return [...inside.matchAll(/<textarea\b([^>]*)>(.*?)<\/textarea>/gs)].flatMap(([, textarea = "", value = ""]) =>
    named(textarea).map(([name]): [string, string] => [name, decode(value).replace(/^\n/, "")]),
  );
}

function namesEntered(inside: string): string[] {
  const tags = [...inside.matchAll(/<(?:input|select|textarea)\b([^>]*)>/g)].map(([, tag = ""]) => tag);
  return [
    ...new Set(
      tags
        .filter((tag) => attribute(tag, "type") !== "hidden")
        .flatMap(named)
        .map(([name]) => name),
    ),
  ];
}

function named(tag: string): [string, string][] {
  const name = attribute(tag, "name");
  return name === undefined ? [] : [[name, attribute(tag, "value") ?? ""]];
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decode(value);
}

const entities: Record<string, string> = { quot: '"', "#39": "'", "#x27": "'", lt: "<", gt: ">", amp: "&" };

function decode(text: string): string {
  return text.replaceAll(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole);
}
