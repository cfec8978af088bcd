import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  drawLine,
  drawTable,
  escapeControls,
  formatBytes,
  formatMs,
  paint,
  textWidth,
} from "../../src/cli/text.ts";

describe("lines for a terminal", () => {
  it("show control characters instead of obeying them", () => {
    assert.equal(escapeControls("a\x1b[2Jb\x07\x7f\x9b\r"), "a\\x1b[2Jb\\x07\\x7f\\x9b\\x0d");
    assert.equal(escapeControls("line\nnext\t"), "line\\nnext\\t");
    assert.equal(escapeControls("\u202eright to left\u2028"), "\\u202eright to left\\u2028");
    assert.equal(escapeControls("\ud800"), "\\ud800");
    assert.equal(escapeControls("grüße, 日本 👍"), "grüße, 日本 👍");
  });

  it("escape painted pieces as well, and colour only if asked to", () => {
    const line = ["from ", paint("red", "\x1b[31mevil")];
    assert.equal(drawLine(line, false), "from \\x1b[31mevil");
    assert.equal(drawLine(line, true), "from \x1b[31m\\x1b[31mevil\x1b[0m");
  });
});

describe("tables", () => {
  it("line columns up by the width on the screen", () => {
    const lines = drawTable(["NAME", "N"], [["日本", "1"], ["é", "2"], ["\x1b", "3"]]);
    const text = lines.map((line) => drawLine(line, false));
    assert.deepEqual(text, ["NAME  N", "日本  1", "é     2", "\\x1b  3"]);
  });

  it("set numbers right if asked to", () => {
    const lines = drawTable(["NAME", "N"], [["a", "1"], ["b", "23"]], [undefined, "right"]);
    assert.deepEqual(lines.map((line) => drawLine(line, false)), [
      "NAME   N",
      "a      1",
      "b     23",
    ]);
  });

  it("know wide characters, joined marks and emoji", () => {
    assert.equal(textWidth("ab"), 2);
    assert.equal(textWidth("日本"), 4);
    assert.equal(textWidth("e\u0301"), 1);
    assert.equal(textWidth("👍"), 2);
    assert.equal(textWidth("⏰"), 2);
    assert.equal(textWidth("a\u200bb"), 2);
    const narrow = [
      "\u{1f321}",
      "\u{1f3d4}",
      "\u{1f568}",
      "\u{1f6e0}",
      "\u{1f900}",
      "\u00ad",
      "\u1e9e",
    ];
    for (const char of narrow) assert.equal(textWidth(char), 1, char);
    const wide = [
      "\u4dc0",
      "\u{17000}",
      "\u{1b000}",
      "\u{1f210}",
      "\u{1f240}",
      "\uff21",
      "\u{20000}",
    ];
    for (const char of wide) assert.equal(textWidth(char), 2, char);
    assert.equal(textWidth("\u1112\u1161\u11ab"), 2, "a syllable of three letters");
    assert.equal(textWidth("\u{1f1e9}\u{1f1ea}"), 2, "a flag of two letters");
  });
});

describe("numbers for people", () => {
  it("are given in a unit that fits", () => {
    const times = [0.44, 12.3, 999, 1500, 65_000, 7_300_000, 400_000_000];
    assert.deepEqual(times.map(formatMs), [
      "0.4 ms",
      "12 ms",
      "999 ms",
      "1.5 s",
      "1 min",
      "2 h",
      "4 days",
    ]);
    assert.deepEqual([512, 51_200, 70_000_000].map(formatBytes), ["512 B", "51 kB", "70 MB"]);
  });
});
