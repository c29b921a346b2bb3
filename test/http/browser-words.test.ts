import { expect, test } from "vitest";
import { browserWords } from "../../src/http/browser-words.ts";

const apple = "AppleWebKit/537.36 (KHTML, like Gecko)";

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${apple} Chrome/140.0.0.0 Safari/537.36`, "Chrome on Windows"],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${apple} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
    "Edge on Windows",
  ],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${apple} Version/18.0 Safari/605.1.15`, "Safari on macOS"],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${apple} CriOS/140.0 Mobile/15E148 Safari/604.1`,
    "Chrome on iOS",
  ],
  [
    `Mozilla/5.0 (Linux; Android 14; SM-S921B) ${apple} SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36`,
    "Samsung Internet on Android",
  ],
  [`Mozilla/5.0 (X11; Linux x86_64) ${apple} Chrome/140.0.0.0 Safari/537.36 OPR/125.0`, "Opera on Linux"],
  ["Something on Linux", "Linux"],
  ["curl/8.5.0", null],
  ["<b>Firefox/1</b>", "Firefox"],
  ["", null],
  [undefined, null],
])("%s is %s", (said, words) => {
  expect(browserWords(said)).toBe(words);
});
