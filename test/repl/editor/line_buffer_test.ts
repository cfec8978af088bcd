import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineBuffer } from "../../../repl/editor/line_buffer.ts";

/** A line with | for the cursor. */
function bufferOf(marked: string): LineBuffer {
  const at = marked.indexOf("|");
  const buffer = new LineBuffer();
  buffer.set(marked.replace("|", ""));
  while (buffer.cursor > at) buffer.move("left");
  return buffer;
}

function after(marked: string, change: (buffer: LineBuffer) => void): string {
  const buffer = bufferOf(marked);
  change(buffer);
  return `${buffer.before}|${buffer.text.slice(buffer.cursor)}`;
}

describe("a line being typed", () => {
  it("takes text at the cursor", () => {
    assert.equal(after("ac|", (b) => b.insert("d")), "acd|");
    assert.equal(after("a|c", (b) => b.insert("b")), "ab|c");
    assert.equal(after("send be|x", (b) => b.replaceBefore(2, "beta//")), "send beta//|x");
  });

  it("moves by whole characters, words and to both ends", () => {
    assert.equal(after("a日|", (b) => b.move("left")), "a|日");
    assert.equal(after("x👨‍👩‍👧|", (b) => b.move("left")), "x|👨‍👩‍👧");
    assert.equal(after("xe\u0301|", (b) => b.move("left")), "x|e\u0301");
    assert.equal(after("|e\u0301x", (b) => b.move("right")), "e\u0301|x");
    assert.equal(after("send beta//jobs|", (b) => b.move("wordLeft")), "send beta//|jobs");
    assert.equal(after("|send beta", (b) => b.move("wordRight")), "send| beta");
    assert.equal(after("ab|c", (b) => b.move("home")), "|abc");
    assert.equal(after("a|bc", (b) => b.move("end")), "abc|");
    assert.equal(bufferOf("|a").move("left"), false);
  });

  it("gives up characters, words and ends of itself, and takes them back", () => {
    assert.equal(after("a👍|b", (b) => b.erase("left")), "a|b");
    assert.equal(after("a|👍b", (b) => b.erase("right")), "a|b");
    assert.equal(after("send beta//jobs|", (b) => b.erase("blankLeft")), "send |");
    assert.equal(after("send beta//jobs|", (b) => b.erase("wordLeft")), "send beta//|");
    assert.equal(after("send |beta", (b) => b.erase("end")), "send |");
    assert.equal(after("send |beta", (b) => b.erase("home")), "|beta");
    assert.equal(
      after("send |beta", (b) => (b.erase("home"), b.move("end"), b.yank())),
      "betasend |",
    );
  });

  it("swaps characters", () => {
    assert.equal(after("ab|", (b) => b.transpose()), "ba|");
    assert.equal(after("a|b", (b) => b.transpose()), "ba|");
    assert.equal(after("a|", (b) => b.transpose()), "a|");
  });

  it("undoes changes, words at a time", () => {
    const buffer = new LineBuffer();
    for (const char of "send beta") buffer.insert(char);
    buffer.undo();
    assert.equal(buffer.text, "send");
    buffer.undo();
    buffer.undo();
    assert.equal(buffer.text, "");
    buffer.set("x");
    buffer.clear();
    buffer.undo();
    assert.equal(buffer.text, "", "an entered line does not come back");
  });
});
