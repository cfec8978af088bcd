import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Manor, Programs } from "../support/programs.ts";
import { HAS_TMUX, Terminal } from "../support/tmux.ts";

describe("the console in a terminal", { skip: !HAS_TMUX && "there is no tmux" }, () => {
  let programs: Programs;
  let alpha: Manor;
  let beta: Manor;
  before(async () => {
    programs = new Programs();
    ({ alpha, beta } = await programs.pair());
    await programs.listen("beta", "jobs", "--yard", "worker");
  });
  after(() => programs[Symbol.asyncDispose]());

  const open = (columns?: number) =>
    new Terminal(["--home", programs.home("alpha"), "repl"], columns);

  it("completes, hints, sends, says what became of it, and shows the transactions live", async () => {
    using terminal = open();
    await terminal.shows(/^alpha>$/m);
    const modes = terminal.modes();
    terminal.type("sen");
    await terminal.shows(/^alpha> send <route> \[body...\]$/m);
    terminal.press("Tab");
    await terminal.shows(/^alpha> send <route> \[body...\] {2}where to/m);
    terminal.type("be");
    terminal.press("Tab");
    await terminal.shows(/^alpha> send beta\/\/ \[body...\]$/m);
    terminal.type('jobs {"n": 1}');
    terminal.press("Enter");
    await terminal.shows(/^delivered to beta\/\/jobs in /m);
    await terminal.shows(/#\d+ message to beta began\n(.*\n)*.*#\d+ message to beta ended /);
    const rows = await terminal.shows(/alpha>$/);
    assert.equal(rows.at(-1), "alpha>");
    terminal.type("send ");
    terminal.press("Tab");
    await terminal.shows(/^beta\/\/ .*\/p[0-9a-f]+\/\n(.*\n)*alpha> send/m);
    terminal.press("C-c", "C-c");
    await terminal.shows(/ended with 0/);
    assert.notEqual(terminal.modes(), modes);
    assert.match(terminal.modes(), / icanon .* echo /s, "the terminal is as it was");
    assert.equal(statSync(join(programs.home("alpha"), "console_history")).mode & 0o777, 0o600);
  });

  it("has a route in use, a history that is searched, and files of lines", async () => {
    const file = join(programs.folder, "lines.raet");
    writeFileSync(file, "send 1\nsend 2\n");
    using terminal = open();
    await terminal.shows(/^alpha>$/m);
    terminal.type("watch off");
    terminal.press("Enter");
    await terminal.shows(/^watching off$/m);
    terminal.type("use beta//jobs");
    terminal.press("Enter");
    await terminal.shows(/^alpha beta\/\/jobs>$/m);
    terminal.type(`source ${programs.folder}/li`);
    terminal.press("Tab", "Enter");
    await terminal.shows(/^> send 1\ndelivered .*\n> send 2\ndelivered .*\nran 2 lines of /m);
    terminal.press("Up", "Up");
    await terminal.shows(/^alpha beta\/\/jobs> use beta\/\/jobs$/m);
    terminal.press("C-c", "C-r");
    terminal.type("watch");
    await terminal.shows(/^search "watch": watch off$/m);
    terminal.press("Escape");
    await terminal.shows(/^alpha beta\/\/jobs>$/m);
    terminal.type("last");
    terminal.press("Enter");
    await terminal.shows(/^ {2}"status": "delivered",$/m);
    terminal.press("C-d");
    await terminal.shows(/ended with 0/);
  });

  it("keeps the line being typed whole while lines appear above it", async () => {
    using terminal = open(60);
    await terminal.shows(/^alpha>$/m);
    const typed = `send beta//jobs {"wide": "日本語テキスト ${"wrapped ".repeat(12)}"}`;
    terminal.type(typed);
    await terminal.shows(/wrapped "\}$/);
    for (let n = 0; n < 3; n++) {
      assert.equal((await programs.run("alpha", ["send", "beta//jobs", String(n)])).exit, 0);
      await terminal.shows(new RegExp(`(message to beta ended [^]*){${n + 1}}`));
    }
    await terminal.shows(/wrapped "\}$/);
    assertOneLine(terminal.screen(), typed);
    terminal.press("C-c");
    terminal.type("stats");
    await terminal.shows(/^alpha> stats/m);
    assert.doesNotMatch(terminal.screen().join("\n"), /wrapped/, "^C wipes all rows of the line");
    terminal.press("Enter");
    await terminal.shows(/^estate alpha, up /m);
  });

  it("keeps the line whole when the terminal becomes narrower and wider", async () => {
    using terminal = open(80);
    await terminal.shows(/^alpha>$/m);
    const typed = `send beta//jobs "日本 ${"resized ".repeat(8)}"`;
    terminal.type(typed);
    await terminal.shows(/resized "$/);
    for (const [n, columns] of [50, 90].entries()) {
      terminal.resize(columns);
      assert.equal((await programs.run("alpha", ["send", "beta//jobs", "1"])).exit, 0);
      await terminal.shows(new RegExp(`(message to beta ended [^]*){${n + 1}}resized "$`));
    }
    assertOneLine(terminal.screen(), typed);
    terminal.press("Enter");
    await terminal.shows(/^delivered to beta\/\/jobs/m);
  });

  it("ends a verb that waits on ^C, and says what it knows", async () => {
    using terminal = open();
    await terminal.shows(/^alpha>$/m);
    await beta.end("SIGKILL");
    terminal.type("send beta//jobs 1");
    terminal.press("Enter");
    await terminal.shows(/began|redo/);
    terminal.press("C-c");
    await terminal.shows(/raet: the message may have arrived/);
    beta = await programs.up("beta");
    await terminal.shows(/beta allowed/);
  });

  it("says when the manor goes away and when it is back", async () => {
    using terminal = open();
    await terminal.shows(/^alpha>$/m);
    await alpha.end("SIGKILL");
    await terminal.shows(/^the manor went away; waiting for it to come back$/m);
    await terminal.shows(/^alpha \(gone\)>$/m);
    terminal.type("keys");
    terminal.press("Enter");
    await terminal.shows(/^raet: /m);
    alpha = await programs.up("alpha");
    await terminal.shows(/^the manor is back$/m);
    terminal.type("keys");
    terminal.press("Enter");
    await terminal.shows(/^beta +accepted /m);
  });
});

/** The typed text stands on the screen once, in the last line, after the prompt. */
function assertOneLine(rows: readonly string[], typed: string): void {
  const text = rows.join("\n");
  assert.equal(rows.at(-1), `alpha> ${typed}`.trimEnd(), text);
  assert.equal(text.split("alpha> ").length - 1, 1, text);
}
