import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { utf8 } from "../../../src/base/bytes.ts";
import { type Key, KeyDecoder, PASTE_CHARS_MAX } from "../../../src/cli/terminal/keys.ts";

/** `^c`, `M-b`, `up`, or the text in quotes. */
function nameOf({ name, text, ctrl, alt }: Key): string {
  if (name === "paste") return `paste ${JSON.stringify(text)}`;
  return text !== "" ? JSON.stringify(text) : `${ctrl ? "^" : ""}${alt ? "M-" : ""}${name}`;
}

function keysOf(...parts: string[]): string[] {
  const decoder = new KeyDecoder();
  return parts.flatMap((part) => decoder.feed(utf8(part))).map(nameOf);
}

describe("keys of a terminal", () => {
  it("are letters, controls and names", () => {
    assert.deepEqual(keysOf("aé日\r\t\x7f\x03\x1f"), [
      '"a"',
      '"é"',
      '"日"',
      "enter",
      "tab",
      "backspace",
      "^c",
      "^_",
    ]);
    assert.deepEqual(keysOf("\x1b[A\x1bOB\x1b[1;5C\x1b[1;3D\x1b[H\x1b[4~\x1b[3~\x1b[5~"), [
      "up",
      "down",
      "^right",
      "M-left",
      "home",
      "end",
      "delete",
      "pageup",
    ]);
    assert.deepEqual(keysOf("\x1bb\x1b\x7f"), ["M-b", "M-backspace"]);
  });

  it("may come in parts, down to single bytes", () => {
    const decoder = new KeyDecoder();
    const keys = [...utf8("\x1b[1;5C日\x1b[200~x\x1b[201~")].flatMap((byte) =>
      decoder.feed(Uint8Array.of(byte))
    );
    assert.deepEqual(keys.map(nameOf), ["^right", '"日"', 'paste "x"']);
  });

  it("tell the key Escape from a sequence once nothing more comes", () => {
    const decoder = new KeyDecoder();
    assert.deepEqual(decoder.feed(utf8("\x1b")), []);
    assert.ok(decoder.isWaiting);
    assert.deepEqual(decoder.flush().map(nameOf), ["escape"]);
    assert.ok(!decoder.isWaiting);
  });

  it("that nobody knows are nothing", () => {
    assert.deepEqual(keysOf("\x1b[99~\x1b[?1;2c\x1b[M", "a"), ['"a"']);
  });

  it("hold pasted text together, controls included, up to a bound", () => {
    assert.deepEqual(keysOf("\x1b[200~one\r\ntwo\t\x1b[31m", "x\x1b[201~y"), [
      'paste "one\\ntwo\\t\\u001b[31mx"',
      '"y"',
    ]);
    const decoder = new KeyDecoder();
    decoder.feed(utf8("\x1b[200~"));
    decoder.feed(utf8("x".repeat(PASTE_CHARS_MAX + 10)));
    const [key] = decoder.feed(utf8("\x1b[201~"));
    assert.equal(key.text.length, PASTE_CHARS_MAX);
  });
});
