import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Programs, said } from "../support/programs.ts";
import { HAS_TMUX, Terminal } from "../support/tmux.ts";

describe("the console without a manor", { skip: !HAS_TMUX && "there is no tmux" }, () => {
  let programs: Programs;
  before(() => {
    programs = new Programs();
    for (const name of ["gamma", "delta"]) {
      mkdirSync(programs.home(name), { mode: 0o700 });
      writeFileSync(join(programs.home(name), "raet.yaml"), `name: ${name}\nlisten: 127.0.0.1:0\n`);
    }
  });
  after(() => programs[Symbol.asyncDispose]());

  const open = (name: string, ...args: string[]) =>
    new Terminal(["--home", programs.home(name), "repl", ...args]);

  it("offers to run one inside, which others find too, and that ends with it", async () => {
    using terminal = open("gamma");
    await terminal.shows(/^No manor is running for .*\. Run one in this console\? \[Y\/n\]$/m);
    terminal.press("y");
    await terminal.shows(/its manor runs in this console, and ends with it$/m);
    await terminal.shows(/^gamma>$/m);
    const { json } = await programs.run("gamma", ["yards", "--json"]);
    assert.ok(json.some(({ program }) => program === "raet repl"), JSON.stringify(json));
    terminal.type("keys");
    terminal.press("Enter");
    await terminal.shows(/^gamma +own /m);
    terminal.press("C-d");
    await terminal.shows(/ended with 0/);
    assert.deepEqual(await programs.fail("gamma", ["yards"]), ["no_manor", 6]);
  });

  it("runs one without asking if told to", async () => {
    using terminal = open("gamma", "--up");
    await terminal.shows(/^gamma>$/m);
    assert.doesNotMatch(terminal.screen().join("\n"), /Run one/);
    terminal.press("C-c", "C-c");
    await terminal.shows(/ended with 0/);
  });

  it("runs none if the answer is no, or nobody can answer", async () => {
    using terminal = open("delta");
    await terminal.shows(/Run one in this console/);
    terminal.press("n");
    await terminal.shows(/^raet: no manor is running .* raet repl --up$/m);
    await terminal.shows(/ended with 6/);
    const piped = await programs.run("delta", ["repl"], "keys\n");
    assert.equal(piped.exit, 6);
    assert.match(piped.err.join("\n"), /raet repl --up/);
  });

  it("runs one with the options of up, and says that they are of no use where one runs", async () => {
    mkdirSync(programs.home("eta"), { mode: 0o700 });
    const options = [
      "--name",
      "eta2",
      "--listen",
      "127.0.0.1:0",
      "--main",
      "--log-file",
      "eta.log",
    ];
    const ran = programs.start("eta", ["repl", "--up", ...options], { input: "keys\nestates\n" });
    await said(ran, ran.lines, /^eta2 +own /);
    assert.equal(await ran.exited, 0);
    assert.match(readFileSync(join(programs.home("eta"), "eta.log"), "utf8"), /"what":"ready"/);
    const wrong = await programs.run("eta", ["repl", "--up", "--auto", "maybe"], "");
    assert.deepEqual([wrong.exit, wrong.err.length], [1, 1]);
    assert.match(wrong.err[0], /^raet: --auto "maybe" /);
    await programs.up("theta", "--main");
    const twice = await programs.run("theta", ["repl", "--auto", "once"], "");
    assert.match(twice.err.join(), /runs already, so setting auto has no use here/);
  });

  it("runs lines from a pipe with a manor inside", async () => {
    const lines = "keys\nstats\nunknown\n";
    const ran = programs.start("delta", ["repl", "--up"], { input: lines });
    await said(ran, ran.lines, /^delta +own /);
    await said(ran, ran.lines, /^raet: unknown command "unknown"/);
    assert.equal(await ran.exited, 1);
  });
});
