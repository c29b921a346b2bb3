import { expect, test } from "vitest";
import { requireReturnTo } from "../../../src/actions/connect-links/require-return-to.ts";

const origins = ["https://ok.example.com", "http://127.0.0.1:8080"];

test.each([
  ["https://ok.example.com", "https://ok.example.com/"],
  ["https://OK.example.com:443/back?x=1#y", "https://ok.example.com/back?x=1#y"],
  ["https://ok.example.com/@evil.example", "https://ok.example.com/@evil.example"],
  ["https://ok.example.com/a/..//evil.example", "https://ok.example.com//evil.example"],
  ["http://127.0.0.1:8080/back", "http://127.0.0.1:8080/back"],
])("%s is a place to return to", (text, address) => {
  expect(requireReturnTo(origins, text)).toBe(address);
});

test.each([
  "",
  "/connected",
  "//evil.example",
  "//ok.example.com",
  "///ok.example.com",
  "\\\\ok.example.com",
  "https:\\\\ok.example.com",
  "https:/ok.example.com",
  "https:ok.example.com",
  "https://evil.example",
  "https://ok.example.com.evil.example",
  "https://ok.example.evil.com",
  "https://sub.ok.example.com",
  "https://ok.example.com@evil.example",
  "https://ok.example.com%40evil.example",
  "https://ok.example.com:pw@evil.example/",
  "https://evil.example@ok.example.com/",
  "https://ok.example.com\\@evil.example",
  "https://ok.example.com\\.evil.example",
  "https://evil.example\\ok.example.com",
  "https://evil.example#ok.example.com",
  "https://evil.example?https://ok.example.com",
  "https://evil.example/https://ok.example.com",
  "https://ok.example.com:8443/",
  "https://ok.example.com.",
  "https://ok%2eexample.com.evil.example",
  "https://ok.example.com%2f.evil.example",
  "https://ok.example.com%00.evil.example",
  "https://ok。example.com.evil.example",
  " https://ok.example.com",
  "https://ok.example.com /x",
  "https://\tok.example.com",
  "https://ok.example.com\n.evil.example",
  "http://ok.example.com",
  "http://127.0.0.1",
  "http://127.0.0.1:8081",
  "http://localhost:8080",
  "javascript:alert(1)",
  "javascript://ok.example.com/%0aalert(1)",
  "data:text/html,x",
  "ftp://ok.example.com",
  "blob:https://ok.example.com/x",
  "https://",
  "null",
])("08 %j is not: a link leads to no other origin", (text) => {
  const refused = expect.objectContaining({
    code: "return_to_not_allowed",
    message: expect.stringContaining("return_to"),
  });
  expect(() => requireReturnTo(origins, text)).toThrow(refused);
});

test("without an origin in the configuration no link leads anywhere", () => {
  expect(() => requireReturnTo([], "https://ok.example.com")).toThrow("RETURN_TO_ORIGINS. It lists none.");
});
