import { expect, test } from "vitest";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

test("a person who mistypes an address gets a page that leads back", async () => {
  const answer = await fetch(`${stack.url}/acounts`, { headers: browser });
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const text = await answer.text();
  expect(text).toContain("There is nothing here");
  expect(text).toContain('href="/"');
});

test("a program gets a problem, and so does everybody below /api/", async () => {
  const answers = await Promise.all([
    fetch(`${stack.url}/acounts`),
    fetch(`${stack.url}/api/v1/comits`, { headers: browser }),
    fetch(`${stack.url}/acounts`, { method: "POST", body: "x" }),
  ]);
  for (const answer of answers) {
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 404, code: "not_found" });
  }
});
