import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "node:test";
import { Editor } from "../../../repl/editor/editor.ts";
import { Recall } from "../../../repl/editor/recall.ts";
import { KeyDecoder } from "../../../src/cli/terminal/keys.ts";
import { textWidth } from "../../../src/cli/text.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { VirtualTerminal } from "../../support/virtual_terminal.ts";

/** An editor at a terminal in memory. */
class Rig {
  readonly terminal: VirtualTerminal;
  readonly editor: Editor;
  readonly entered: string[] = [];
  readonly interrupts: boolean[] = [];
  ends = 0;
  hint = "";
  candidates: string[] = [];
  readonly #decoder = new KeyDecoder();

  constructor(columns = 20, rows = 6, history: string[] = []) {
    this.terminal = new VirtualTerminal(columns, rows);
    this.editor = new Editor(
      {
        write: (text) => this.terminal.write(text),
        size: () => ({ columns, rows }),
        line: (text) => this.entered.push(text),
        interrupt: (again) => this.interrupts.push(again),
        end: () => this.ends++,
        complete: (before) =>
          Promise.resolve({ candidates: this.candidates, word: before.split(" ").at(-1)! }),
        hint: () => this.hint,
      },
      new Recall(history, 100),
      false,
    );
    this.editor.prompt = "alpha> ";
  }

  type(text: string): void {
    for (const key of this.#decoder.feed(utf8(text))) this.editor.key(key);
  }

  get rows(): string[] {
    return this.terminal.rows;
  }
}

describe("the line editor", () => {
  it("shows what is typed behind the prompt, and gives the line", () => {
    const rig = new Rig();
    rig.type("keyz\x7fs");
    assert.deepEqual(rig.rows, ["alpha> keys"]);
    rig.type("\r");
    assert.deepEqual(rig.entered, ["keys"]);
  });

  it("wraps long lines, wide characters too, and leaves nothing of them", () => {
    const rig = new Rig(12);
    rig.type("日本語テキスト");
    assert.deepEqual(rig.rows, ["alpha> 日本", "語テキスト"]);
    rig.type("\x7f\x7f\x7f\x7f\x7f\x7f");
    assert.deepEqual(rig.rows, ["alpha> 日"]);
  });

  it("goes on in the next row when a row is full", () => {
    const rig = new Rig(12);
    rig.type("12345");
    assert.deepEqual(rig.terminal.cursor, [1, 0]);
    rig.editor.print("live");
    assert.deepEqual(rig.rows, ["live", "alpha> 12345", ""]);
    rig.type("6");
    assert.deepEqual(rig.rows, ["live", "alpha> 12345", "6"]);
  });

  it("prints above the line, wherever the cursor is", () => {
    const rig = new Rig(12);
    rig.type("one two three\x01");
    rig.editor.print("first\nsecond\n");
    assert.deepEqual(rig.rows, ["first", "second", "alpha> one t", "wo three"]);
    assert.deepEqual(rig.terminal.cursor, [2, 7]);
  });

  it("shows a hint behind the line as far as the row goes, and wipes it", () => {
    const rig = new Rig(20);
    rig.hint = "<route> and so much more";
    rig.type("send ");
    assert.deepEqual(rig.rows, ["alpha> send <route>"]);
    assert.deepEqual(rig.terminal.cursor, [0, 12]);
    rig.type("\x02");
    assert.deepEqual(rig.rows, ["alpha> send"], "only behind the end");
    rig.type("\x05\r");
    assert.deepEqual(rig.rows, ["alpha> send", ""]);
  });

  it("shows the rows around the cursor of a line that is higher than the terminal", () => {
    const rig = new Rig(10, 3);
    rig.type("x".repeat(49) + "end");
    assert.equal(rig.rows.at(-1), "xxxxxxend");
    rig.editor.print("live");
    assert.equal(rig.rows.filter((row) => row.startsWith("alpha>")).length, 0);
    rig.type("\x01");
    assert.equal(rig.rows.at(-3), "alpha> xxx");
    assert.deepEqual(rig.rows.filter((row) => row === "live"), ["live"]);
  });

  it("clears the line on ^C, says whether it was the second one, and ends on ^D", () => {
    const rig = new Rig();
    rig.type("keys\x03");
    assert.deepEqual(rig.rows, ["alpha>"]);
    rig.type("\x03x\x03");
    assert.deepEqual(rig.interrupts, [false, true, false]);
    rig.type("ab\x02\x04");
    assert.deepEqual(rig.rows, ["alpha> a"], "^D within a line takes a character out");
    rig.type("\x03\x04");
    assert.equal(rig.ends, 1);
  });

  it("completes as far as all candidates agree, then lists them", async () => {
    const rig = new Rig(30);
    rig.candidates = ["beta//", "berta//"];
    rig.type("send b\t!");
    await Promise.resolve().then(() => {}).then(() => {});
    assert.deepEqual(rig.rows, ["alpha> send be!"], "what is typed meanwhile comes after it");
    rig.type("\x7f\t");
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.deepEqual(rig.rows, ["beta//   berta//", "alpha> send be"]);
  });

  it("gives a line back by a part of it", () => {
    const rig = new Rig(40, 6, ["send gamma// 2", "keys", "send beta// 1"]);
    rig.type("\x12send");
    assert.deepEqual(rig.rows, ['search "send": send gamma// 2']);
    rig.type("\x12");
    assert.deepEqual(rig.rows, ['search "send": send beta// 1']);
    rig.type("\x12\x1b[D");
    assert.deepEqual(rig.rows, ["alpha> send beta// 1"]);
    rig.type("\x05\x15\x12nothing\x07");
    assert.deepEqual(rig.rows, ["alpha>"]);
  });

  it("takes pasted lines as one, and keeps them in one row until they are entered", () => {
    const rig = new Rig(40);
    rig.type("\x1b[200~keys\ntx\n\x1b[201~");
    assert.deepEqual(rig.entered, []);
    assert.deepEqual(rig.rows, ["alpha> keys↵tx"]);
    rig.type("\r");
    assert.deepEqual(rig.entered, ["keys\ntx"]);
  });

  it("obeys no control character of what is pasted", () => {
    const rig = new Rig(40);
    rig.type("\x1b[200~a\x1b[2Jb\x07\x1b[201~");
    assert.deepEqual(rig.rows, ["alpha> a\\x1b[2Jb\\x07"]);
  });

  it("never garbles the line, whatever is typed and printed", () => {
    const text = fc.constantFrom(
      "a",
      "word ",
      "日本",
      "👍",
      "e\u0301",
      '{"n": 1}',
      "\x1b[200~p\nq\x1b[201~",
    );
    const key = fc.constantFrom("\x7f", "\x1b[D", "\x1b[C", "\x01", "\x05", "\x17", "\x0b", "\x19");
    const print = fc.constantFrom(
      "live",
      "a live line that is longer than a row",
      "日本語日本語日本語",
    );
    const step = fc.oneof(
      { weight: 5, arbitrary: text.map((keys) => ({ keys })) },
      { weight: 3, arbitrary: key.map((keys) => ({ keys })) },
      { weight: 2, arbitrary: print.map((line) => ({ line })) },
    );
    const size = fc.tuple(fc.integer({ min: 10, max: 30 }), fc.integer({ min: 40, max: 50 }));
    fc.assert(
      fc.property(size, fc.array(step, { maxLength: 40 }), ([columns, rows], steps) => {
        const rig = new Rig(columns, rows);
        const printed: string[] = [];
        for (const step of steps) {
          if ("keys" in step) rig.type(step.keys);
          else {
            rig.editor.print(step.line);
            printed.push(step.line);
          }
        }
        const shown = rig.rows.join("").replaceAll(" ", "");
        rig.type("\x05\r");
        const line = `alpha> ${rig.entered[0].replaceAll("\n", "↵")}`;
        const expected = printed.join("") + line;
        assert.equal(shown, expected.replaceAll(" ", ""));
        assert.ok(rig.rows.every((row) => textWidth(row) <= columns));
      }),
      { numRuns: 300 },
    );
  });
});
