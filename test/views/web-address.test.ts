import { expect, test } from "vitest";
import { webAddress } from "../../src/views/web-address.ts";

test.each(["/accounts", "/", "https://github.com/settings?a=b#c", "http://127.0.0.1:3000/x"])(
  "%s is let through",
  (address) => {
    expect(webAddress(address)).toBe(address);
  },
);

test.each([
  "javascript:alert(1)",
  " javascript:alert(1)",
  "java\tscript:alert(1)",
  "data:text/html,x",
  "//evil.example",
  "/\\evil.example",
  "accounts",
  "",
  null,
  undefined,
])("%s is not", (address) => {
  expect(webAddress(address)).toBeUndefined();
});
