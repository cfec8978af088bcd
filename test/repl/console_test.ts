import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { runConsole } from "../../repl/console.ts";
import { RaetError } from "../../src/base/errors.ts";
import { Output } from "../../src/cli/output.ts";
import type { Session } from "../../src/cli/session.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import type { Yard } from "../../src/client/yard.ts";
import { FakeManor } from "../support/fake_manor.ts";

/** A console over a pair of pipes. */
class Rig {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly ended: Promise<void>;
  exitCode = -1;
  #printed = "";

  constructor(home: string, yard: Yard, terminal: boolean, json = false) {
    this.output.on("data", (data) => this.#printed += String(data));
    const sink = { isTerminal: terminal, write: (text: string) => void this.output.write(text) };
    const session: Session = {
      place: "command",
      console: null,
      output: new Output({ out: sink, err: sink, json, env: { NO_COLOR: "1" } }),
      home,
      env: { NO_COLOR: "1" },
      signal: new AbortController().signal,
      attach: () => Promise.resolve(yard),
      readInput: () => Promise.reject(new Error("not here")),
      setExitCode: (code) => this.exitCode = code,
    };
    const { input, output } = this;
    this.ended = runConsole(session, verbsOf("console"), { input, output, terminal });
  }

  /** What was printed so far, without what moves the cursor. */
  get text(): string {
    return stripVTControlCharacters(this.#printed);
  }

  get raw(): string {
    return this.#printed;
  }

  /** Types keys, each for itself: what comes at once is taken for pasted. */
  async type(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.input.write(key);
      await sleep(1);
    }
  }

  /** Waits until that was printed. */
  async shows(what: string | RegExp, times = 1): Promise<void> {
    const pattern = new RegExp(typeof what === "string" ? RegExp.escape(what) : what.source, "g");
    for (let i = 0; i < 1000; i++) {
      if ((this.text.match(pattern)?.length ?? 0) >= times) return;
      await sleep(10);
    }
    assert.fail(`no ${what} in ${JSON.stringify(this.text)}`);
  }
}

describe("the console", () => {
  let home = "";
  let manor: FakeManor;
  let yard: Yard;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "raet-console-"));
    manor = new FakeManor();
    yard = await manor.attach();
  });
  afterEach(async () => {
    await yard.close();
    rmSync(home, { recursive: true });
  });

  /** Runs lines from a pipe; what was printed, and the exit code. */
  async function pipe(lines: string[], json = false): Promise<{ text: string; exit: number }> {
    const rig = new Rig(home, yard, false, json);
    rig.input.end(lines.map((line) => `${line}\n`).join(""));
    await rig.ended;
    return { text: rig.text, exit: rig.exitCode };
  }

  it("runs lines from a pipe one after the other, without a prompt", async () => {
    const { text, exit } = await pipe([
      'send beta//jobs {"n": 1}',
      "",
      "# a remark",
      "show estates",
    ]);
    assert.match(
      text,
      /^delivered to beta\/\/jobs in .* ms\nESTATE .*\nbeta +beta +127\.0\.0\.1:7531/,
    );
    assert.equal(exit, 0);
    assert.deepEqual(manor.messages.map(({ payload }) => payload), [{ n: 1 }]);
  });

  it("gives the exit code of the last line that failed, and goes on after it", async () => {
    manor.result = { status: "failed", code: "no_estate", message: 'no estate "x" is known' };
    const { text, exit } = await pipe(["send x//y", "nonsense", "send x//y", "show stats"]);
    assert.equal(exit, 2);
    assert.match(text, /raet: no estate "x" is known\nraet: unknown command "nonsense"\n/);
    assert.match(text, /message sent {2}3\n/);
  });

  it("prints JSON lines, for all lines or for one", async () => {
    const all = await pipe(["keys", "show shares", "send a"], true);
    const rows = all.text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(rows.map((row) => row.role ?? row.name ?? row.error.code), [
      "alpha",
      "beta",
      "jobs",
      "bad_route",
    ]);
    const one = await pipe(["keys show beta --json", "keys show beta"]);
    assert.match(one.text, /^\{"role":"beta",.*\}\nrole {9}beta\n/);
  });

  it("knows help on itself and on its verbs only", async () => {
    const { text } = await pipe(["help", "help watch", "up", "help repl"]);
    assert.match(text, /send \[options\] <route> \[body\] +send a message/);
    assert.doesNotMatch(text, /run the manor/);
    assert.match(text, /Usage: watch \[options\] \[mode\]/);
    assert.match(text, /raet: unknown command "up"/);
    assert.match(text, /raet: no help on "repl"/);
  });

  it("refuses a body from standard input, which is its own", async () => {
    const { text, exit } = await pipe(["send beta// -"]);
    assert.match(text, /^raet: "-" stands for standard input, which the console reads itself/);
    assert.equal(exit, 1);
  });

  it("leaves on quit, and leaves what follows undone", async () => {
    const { text } = await pipe(["quit", "show stats"]);
    assert.equal(text, "");
  });

  it("prompts with the estate's name, and leaves on ^D", async () => {
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    await rig.type("s", "h", "o", "w", "\r");
    await rig.shows("127.0.0.1:7531");
    await rig.shows("alpha> ", 2);
    await rig.type("\x04");
    await rig.ended;
    assert.equal(rig.exitCode, 0);
  });

  it("prints live lines above the line being typed, and the line again below", async () => {
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    await rig.type(..."show sta");
    manor.tell({ topic: "presence", at: 0, event: "joined", estate: "gamma", message: "" });
    await rig.shows(/gamma joined\r?\nalpha> show sta/);
    await rig.type("\t", "\r");
    await rig.shows("message sent  3");
    await rig.type("\x04");
    await rig.ended;
  });

  it("turns live lines off and on", async () => {
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    await rig.type(..."watch off", "\r");
    await rig.shows("watch off: no live lines");
    manor.tell({ topic: "presence", at: 0, event: "lost", estate: "unseen", message: "" });
    await rig.type(..."watch on", "\r");
    await rig.shows("watch on: ");
    manor.tell({ topic: "presence", at: 0, event: "alive", estate: "seen", message: "" });
    await rig.shows("seen alive");
    assert.doesNotMatch(rig.text, /unseen/);
    await rig.type("\x04");
    await rig.ended;
  });

  it("clears the line on ^C and says how to leave on an empty one", async () => {
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    await rig.type(..."nonsense", "\x03", ..."keys", "\r");
    await rig.shows("pending");
    assert.doesNotMatch(rig.text, /unknown command/);
    await rig.type("\x03");
    await rig.shows("^D or quit leaves");
    await rig.type("\x04");
    await rig.ended;
  });

  it("ends a verb that waits on ^C, and prompts again", async () => {
    manor.result = null;
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    await rig.type(..."send beta//jobs", "\r");
    while (manor.messages.length === 0) await sleep(5);
    await rig.type("\x03");
    await rig.shows("raet: the message may have arrived");
    await rig.shows("alpha> ", 2);
    await rig.type("\x04");
    await rig.ended;
  });

  it("shows control characters of a peer instead of obeying them", async () => {
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    const evil = "x\x1b]0;title\x07";
    manor.tell({ topic: "presence", at: 0, event: "joined", estate: evil, message: "\x9b2J" });
    await rig.shows("x\\x1b]0;title\\x07 joined: \\x9b2J");
    assert.ok(!rig.raw.includes("\x1b]0") && !rig.raw.includes("\x9b"));
    await rig.type("\x04");
    await rig.ended;
  });

  it("remembers what was typed, but for lines that begin with a blank", async () => {
    const rig = new Rig(home, yard, true);
    await rig.shows("alpha> ");
    await rig.type(..."watch", "\r");
    await rig.shows("watch on");
    await rig.type(..." keys", "\r");
    await rig.shows("pending");
    await rig.type("\x1b[A", "\r"); // up, enter
    await rig.shows("watch on:", 2);
    await rig.type("\x04");
    await rig.ended;
    assert.equal(readFileSync(join(home, "console_history"), "utf8"), "watch\nwatch\n");
  });

  it("does not start without a manor", async () => {
    const session = { attach: () => Promise.reject(new RaetError("no_manor", "none")) };
    await assert.rejects(runConsole(session as unknown as Session, []), { code: "no_manor" });
  });
});
