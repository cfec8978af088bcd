import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { changedRows } from "../../../src/cli/terminal/full_screen.ts";
import { openFullScreen } from "../../../src/cli/terminal/open.ts";
import type { Key } from "../../../src/cli/terminal/keys.ts";

class Rig {
  readonly input = Object.assign(new PassThrough(), {
    setRawMode: (raw: boolean) => void this.modes.push(raw),
  });
  readonly output = Object.assign(new PassThrough(), { columns: 10, rows: 3 });
  readonly modes: boolean[] = [];
  readonly keys: Key[] = [];
  written = "";
  resizes = 0;

  open(env: Record<string, string> = {}) {
    this.output.on("data", (data) => this.written += String(data));
    return openFullScreen({ input: this.input, output: this.output, terminal: true }, {
      key: (key) => this.keys.push(key),
      resized: () => this.resizes++,
      ended: () => {},
    }, env);
  }
}

describe("a full screen", () => {
  it("is taken and given back with the terminal as it was", () => {
    const rig = new Rig();
    const screen = rig.open();
    assert.match(rig.written, /^\x1b\[\?1049h\x1b\[\?25l/);
    assert.deepEqual(rig.modes, [true]);
    screen[Symbol.dispose]();
    assert.match(rig.written, /\x1b\[\?25h\x1b\[\?1049l$/);
    assert.deepEqual(rig.modes, [true, false]);
    assert.equal(rig.input.listenerCount("data") + rig.output.listenerCount("resize"), 0);
  });

  it("cuts what is too wide or too high", () => {
    const rig = new Rig();
    using screen = rig.open();
    rig.written = "";
    screen.draw(["0123456789abc", "日本語日本語", "c", "d"]);
    assert.match(rig.written, /H\x1b\[K012345678…/);
    assert.match(rig.written, /H\x1b\[K日本語日…/);
    assert.ok(!rig.written.includes("d"));
  });

  it("draws only the rows that have changed, and all of them after a resize", () => {
    const rig = new Rig();
    using screen = rig.open();
    screen.draw(["a", "b"]);
    rig.written = "";
    screen.draw(["a", "c"]);
    assert.equal(rig.written, "\x1b[2;1H\x1b[Kc");
    rig.output.emit("resize");
    assert.equal(rig.resizes, 1);
    rig.written = "";
    screen.draw(["a", "c"]);
    assert.equal(rig.written, "\x1b[1;1H\x1b[Ka\x1b[2;1H\x1b[Kc");
  });

  it("wipes rows that are no longer there", () => {
    assert.equal(changedRows(["a", "b"], ["a"]), "\x1b[2;1H\x1b[K");
  });

  it("obeys nothing that came from elsewhere", () => {
    const rig = new Rig();
    using screen = rig.open();
    rig.written = "";
    screen.draw([["\x1b[2J"]]);
    assert.match(rig.written, /H\x1b\[K\\x1b\[2J/);
  });

  it("can't be had without a terminal, or on a dumb one", () => {
    const { input, output } = new Rig();
    const owner = { key() {}, resized() {}, ended() {} };
    const open = (terminal: boolean, env: Record<string, string>) => () =>
      openFullScreen({ input, output, terminal }, owner, env);
    assert.throws(open(false, {}), { code: "usage", message: /no terminal/ });
    assert.throws(open(true, { TERM: "dumb" }), { code: "usage" });
  });
});
