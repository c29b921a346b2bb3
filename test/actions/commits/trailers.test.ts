import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addTrailers, type Message, type Trailer } from "../../../src/actions/commits/trailers.ts";

const whole = ({ headline, body }: Message) => (body === undefined ? headline : `${headline}\n\n${body}`);

/** What git reads as trailers in each of these messages: git itself is asked. */
function gitReads(messages: string[], ...options: string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "onbehalf-trailers-"));
  try {
    const files = messages.map((message, index) => {
      const file = join(folder, String(index));
      writeFileSync(file, `${message}\n`);
      return file;
    });
    // No configuration of the machine counts.
    const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: folder };
    execFileSync("git", ["interpret-trailers", "--in-place", "--parse", ...options, ...files], { env, cwd: folder });
    return files.map((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const run: Trailer = { token: "Run", value: "https://ci.example.com/7" };
const ada: Trailer = { token: "Co-authored-by", value: "Ada Lovelace <583231+ada@users.noreply.github.com>" };
const line = ({ token, value }: Trailer) => `${token}: ${value}`;

test.each<[string, string | undefined, Trailer[], string | undefined]>([
  ["no body", undefined, [run], line(run)],
  ["no body and no trailer", undefined, [], undefined],
  ["an empty body", "", [], undefined],
  ["text", "Because.", [run, ada], `Because.\n\n${line(run)}\n${line(ada)}`],
  ["text with white space at its end", "Because.\n \n\n", [run], `Because.\n\n${line(run)}`],
  ["trailers", "Because.\n\nFixes: #1", [run], `Because.\n\nFixes: #1\n${line(run)}`],
  ["a trailer over several lines", "Note: long\n  and longer", [run], `Note: long\n  and longer\n${line(run)}`],
  ["one that is there", `Because.\n\n${line(ada)}`, [ada], `Because.\n\n${line(ada)}`],
  ["one that is there in other case", `${line(ada).toUpperCase()}`, [ada], `${line(ada).toUpperCase()}`],
  ["the same twice", "Because.", [ada, ada], `Because.\n\n${line(ada)}`],
  ["Windows line ends", "One.\r\n\r\nFixes: #1\r\n", [run], `One.\n\nFixes: #1\n${line(run)}`],
  ["a line of dashes", "One.\n---\nTwo.", [run], `One.\n ---\nTwo.\n\n${line(run)}`],
  ["a patch", "--- a/x\n+++ b/x", [run], ` --- a/x\n+++ b/x\n\n${line(run)}`],
  [
    "an address, which git takes for a trailer",
    "See\n\nhttps://example.com",
    [run],
    `See\n\nhttps://example.com\n${line(run)}`,
  ],
  [
    "git's list of conflicts",
    "Fixes: #1\n\nConflicts:\n\ta.ts",
    [run],
    `Conflicts:\n\ta.ts\n\nFixes: #1\n${line(run)}`,
  ],
  ["a heading at its end", "One.\n\nFixes: #1\n\n# Heading", [run], `One.\n\n# Heading\n\nFixes: #1\n${line(run)}`],
  [
    "a value over several lines",
    "",
    [{ token: "Requested-by", value: "A\nSigned-off-by: B" }],
    "Requested-by: A Signed-off-by: B",
  ],
])("after %s", (_name, body, trailers, expected) => {
  const written = addTrailers({ headline: "Do it", body }, trailers);
  expect(written).toEqual(expected === undefined ? { headline: "Do it" } : { headline: "Do it", body: expected });
});

test.each([
  ["alone", "Signed-off-by: Ada <ada@example.com>", undefined],
  ["among others", "Fixes: #1\nRequested-by: the boss\nRUN : x", "Fixes: #1"],
  ["with lines that continue it", "Why.\n\nRun: x\n  and more\nFixes: #1", "Why.\n\nFixes: #1"],
  ["beside text", "Some text\nSigned-off-by: Ada <ada@example.com>\nFixes: #1", "Some text\n\nFixes: #1"],
  ["behind each other", "Why.\n\nRequested-by: a\n\nRun: b", "Why."],
  ["before a line of dashes", "Why.\n\nSigned-off-by: Ada <ada@example.com>\n---\n1 file", "Why.\n\n1 file"],
  ["before what looks like a comment", "Why.\n\nRun: x\n\n#1", "Why.\n\n#1"],
])("a server-set name that stands there %s goes", (_name, body, expected) => {
  const written = addTrailers({ headline: "Do it", body }, []);
  expect(written.body).toBe(expected);
  expect(addTrailers({ headline: "Do it", body }, [run]).body).toMatch(/(^|\n)Run: https:\/\/ci\.example\.com\/7$/);
});

test("a name that the server sets may stand in the text", () => {
  const body = "Requested-by: lines come from the platform.\nSo says the manual.\n\nThe end.";
  expect(addTrailers({ headline: "Do it", body }, [run]).body).toBe(`${body}\n\n${line(run)}`);
});

test.each([
  [
    "by itself",
    "Signed-off-by: Ada <ada@example.com>\n\nThe end.",
    "> Signed-off-by: Ada <ada@example.com>\n\nThe end.",
  ],
  ["indented", "  signed-off-by : Ada\n\nThe end.", ">   signed-off-by : Ada\n\nThe end."],
  ["among words", "Words.\nSigned-off-by: Ada\nMore.\n\nThe end.", "Words.\n> Signed-off-by: Ada\nMore.\n\nThe end."],
  [
    "behind another line end",
    "A\rSigned-off-by: B\u2028C\u2029SIGNED-OFF-BY: D\n\nE",
    "A\n> Signed-off-by: B\nC\n> SIGNED-OFF-BY: D\n\nE",
  ],
])(
  "a sign-off that stands in the text %s is quoted: not only trailers are searched for one",
  (_name, body, expected) => {
    expect(addTrailers({ headline: "Do it", body }, []).body).toBe(expected);
    expect(addTrailers({ headline: "Do it", body }, [run]).body).toBe(`${expected}\n\n${line(run)}`);
  },
);

test("one hides in no other kind of line end", () => {
  const body = "Why.\n\nFixes: #1\rSigned-off-by: Ada <ada@example.com>\u2028Run: x";
  expect(addTrailers({ headline: "Do it", body }, []).body).toBe("Why.\n\nFixes: #1");
});

test("a message of forged trailers alone takes no time to speak of", () => {
  expect(addTrailers({ headline: "Do it", body: "Run: x\n\n".repeat(100) }, [])).toEqual({ headline: "Do it" });
  const endless = { headline: "Do it", body: "Run: x\n\n".repeat(12_000) };
  expect(() => addTrailers(endless, [])).toThrow(expect.objectContaining({ code: "bad_request" }));
  expect(addTrailers(endless, [run]).body).toMatch(/x\n\nRun: https:\/\/ci\.example\.com\/7$/);
}, 5_000);

test("a long run of white space takes no time to speak of", () => {
  const body = `${" \n".repeat(50_000)}x`;
  expect(addTrailers({ headline: "Do it", body }, [run]).body).toBe(`${body}\n\n${line(run)}`);
});

/** Numbers that look random and are the same each time (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const bodyLines = [
  ...["", "", "", "", " ", "\t"],
  ...["Because of it.", "Über 文件 \u{1f600}", "Two words: no trailer", "- a list", "    code: indented", "\ttab"],
  ...["Fixes: #1", "fixes:   #1", "Reviewed-by: Eve <eve@example.com>", line(ada), "https://example.com/x", "X:"],
  ...["Signed-off-by: Ada <ada@example.com>", "signed-off-by : A", "Requested-by: the boss", "RUN:x", "Run: http://a"],
  ...[
    "  goes on",
    "---",
    "--- a/file",
    "--",
    "# comment",
    "#12",
    "# ------------------------ >8 ------------------------",
  ],
  ...["(cherry picked from commit 1f2e3d)", "Name\u00a0: no trailer", "\u000bodd"],
];
const offered: Trailer[] = [
  run,
  ada,
  { token: "Co-authored-by", value: "Eve\nSigned-off-by: Mallory  <eve@example.com>" },
  { token: "Requested-by", value: "Grace Hopper <4712036+grace@users.noreply.github.com>" },
  { token: "Signed-off-by", value: "Ada Lovelace <ada@example.com>" },
  { token: "Fixes", value: "#1" },
];

const plain = (text: string) => text.replaceAll(/\s+/g, " ").trim();
const same = (text: string) => plain(text).toLowerCase();
const isServerSet = (text: string) => /^(signed-off-by|requested-by|run)\s*:/i.test(text);
/** Nothing in a message may end it for git before its end. */
const uncut = (text: string) => text.replaceAll(/^(?=---(\s|$)|# -+ >8 -+$)/gm, " ");
const quoted = (text: string) => text.replaceAll(/^(?=[ \t]*signed-off-by[ \t]*:)/gim, "> ");
const written = (text: string) => text.split("\n").filter((one) => plain(one) !== "");

test("of hundreds of messages git reads all that was added, all that was there, nothing twice and nothing forged", () => {
  const pick = numbers(20_261_121);
  const cases = Array.from({ length: 800 }, () => {
    const end = pick(4) === 0 ? "\r\n" : "\n";
    const body = Array.from({ length: pick(12) }, () => bodyLines[pick(bodyLines.length)] ?? "").join(end);
    const trailers = offered.filter(() => pick(3) === 0);
    const message = { headline: pick(5) === 0 ? "Run: this is the headline" : "Do it", body };
    return { message, trailers, result: addTrailers(message, trailers) };
  });
  const before = gitReads(cases.map(({ message }) => uncut(whole(message).replaceAll("\r\n", "\n"))));
  const after = gitReads(cases.map(({ result }) => whole(result)));
  const undivided = gitReads(
    cases.map(({ result }) => whole(result)),
    "--no-divider",
  );

  for (const [index, { message, trailers, result }] of cases.entries()) {
    const hint = JSON.stringify({ message, trailers, result });
    const read = after[index] ?? [];
    const had = before[index] ?? [];
    const kept = had.filter((one) => !isServerSet(one));
    const known = new Set(kept.map(same));
    const added = trailers.map(line).filter((one) => !known.has(same(one)) && known.add(same(one)));
    if (kept.length + added.length > 0) expect(read.map(plain), hint).toEqual([...kept, ...added].map(plain));
    expect(read.filter(isServerSet).map(plain), hint).toEqual(added.filter(isServerSet).map(plain));
    expect(undivided[index], hint).toEqual(read);

    // The text is as it was: to the letter where git read no trailers, else each line of it.
    expect(result.headline).toBe(message.headline);
    const original = uncut(message.body.replaceAll("\r\n", "\n"));
    const tail = added.map(plain).join("\n");
    const text = result.body ?? "";
    if (had.length === 0 && !original.includes("(cherry picked")) {
      const start = quoted(original.replace(/[ \t\r\n]+$/, ""));
      expect(text, hint).toBe([start, tail].filter(Boolean).join("\n\n"));
    }
    const left = written(text).map((one) => one.replace(/^> /, ""));
    for (const one of [...written(original)]) {
      const at = left.indexOf(one);
      if (at >= 0) left.splice(at, 1);
      else if (!/^\s/.test(one)) expect(isServerSet(one), hint).toBe(true);
    }
    expect(left.map(plain), hint).toEqual(added.map(plain));
  }
});
