import assert from "node:assert/strict";
import { resolve } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Yard } from "../../src/client/yard.ts";
import { jsonLines, Programs, RAET } from "../support/programs.ts";
import { HAS_TMUX, Terminal } from "../support/tmux.ts";

describe("what goes on, in a terminal", { skip: !HAS_TMUX && "there is no tmux" }, () => {
  let programs: Programs;
  let yard: Yard;
  before(async () => {
    programs = new Programs();
    await programs.pair();
    await programs.listen("beta", "jobs", "--yard", "worker");
    yard = await programs.attach("alpha");
  });
  after(() => programs[Symbol.asyncDispose]());

  const open = (args: string[], columns?: number, rows?: number) =>
    new Terminal(["--home", programs.home("alpha"), ...args], columns, rows);

  it("is listed, and drawn packet by packet", async () => {
    using terminal = open(["repl"]);
    await terminal.shows(/^alpha>$/m);
    terminal.type("send beta//jobs 1");
    terminal.press("Enter");
    await terminal.shows(/^delivered/m);
    terminal.type("tx message us");
    terminal.press("Enter");
    const rows = await terminal.shows(/^ *ID +KIND [^]* done$/m);
    const [id] = /\d+/.exec(rows.findLast((row) => / message +beta +us /.test(row))!)!;
    terminal.type(`tx ${id}`);
    terminal.press("Enter");
    await terminal.shows(
      new RegExp(
        `^#${id} message to beta at .*, begun by us at .*\\n` +
          "session \\d+, transaction \\d+, message [0-9a-f]{32}\\n\\n" +
          " +TIME {2}alpha +beta +SIZE +TRIP\\n" +
          " +0\\.0 ms {2}├── message.* ─+▶│ +\\d+ B\\n" +
          "[^]* │◀─+ done.* ──┤ +1(?:39|4[0-3]) B +[\\d.]+ ms\\n" +
          " +[\\d.]+ ms {2}ended: done ",
        "m",
      ),
    );
    const { exit, json } = await programs.run("alpha", ["tx", id, "--json"]);
    assert.equal(exit, 0);
    assert.equal((json[0].packetList as unknown[]).length, json[0].packets);
  });

  it("of a flood is summed up, and the line being typed stays whole", async () => {
    using terminal = open(["repl"]);
    await terminal.shows(/^alpha>$/m);
    const typed = 'send beta//jobs {"typed": "while it rains 日本語"}';
    const stop = flood(yard);
    await terminal.shows(/^and [\d,]+ more: .*message (began|ended)/m);
    terminal.type(typed);
    const rows = await terminal.shows(/日本語"\}$/);
    assert.equal(rows.at(-1), `alpha> ${typed}`);
    stop();
    terminal.press("Enter");
    await terminal.shows(/^delivered to beta\/\/jobs/m);
    for (const row of terminal.everything()) assert.match(row, WHOLE_ROW);
  });

  it("is shown while the console does something else: messages of a share", async () => {
    using terminal = open(["repl"]);
    await terminal.shows(/^alpha>$/m);
    terminal.type("listen news");
    terminal.press("Enter");
    await terminal.shows(/^listening on alpha\/\/news as yard /m);
    terminal.type("half a li");
    await terminal.shows(/half a li/);
    await programs.run("beta", ["send", "alpha//news", '{"evil": "\\u001b[2J\\u0007", "n": 1}']);
    const rows = await terminal.shows(/ > alpha\/.*news \{"evil":"\\u001b\[2J\\u0007","n":1\}/);
    assert.equal(rows.at(-1), "alpha> half a li");
    terminal.press("C-c");
    terminal.type("unlisten news");
    terminal.press("Enter");
    await terminal.shows(/^no more on news, after 1 message$/m);
    const gone = await programs.fail("beta", ["send", "alpha//news", "1"]);
    assert.deepEqual(gone, ["no_share", 2]);
  });

  it("is told to scripts as well", async () => {
    const watching = programs.start("alpha", ["watch", "transactions", "message", "--json"]);
    while (!(await programs.run("alpha", ["yards", "--json"])).json.length) await sleep(50);
    const sending = setInterval(() => yard.send("beta//jobs", 1), 100);
    const [event] = await jsonLines(watching, 1);
    clearInterval(sending);
    assert.equal(event.topic, "transactions");
    assert.equal((event.transaction as { kind: string }).kind, "message");
    watching.kill("SIGINT");
    assert.equal(await watching.exited, 0);
  });

  it("fills the screen with top, which gives it back on q", async () => {
    using terminal = open(["top", "--interval", "0.1"], 80, 24);
    const stop = flood(yard);
    const rows = await terminal.shows(/^raet top .*\n.*\n.*\n\n *ESTATE [^]*^beta +alive .*[▁-█]/m);
    assert.equal(terminal.flags(), "1 0");
    assert.ok(rows.length === 24 && rows.at(-1)!.startsWith("q quits"), rows.join("\n"));
    await terminal.shows(/^ *\d\d+ messages\/s/m);
    terminal.resize(120, 40);
    await terminal.shows(/^ESTATE.{90,} QUEUED$/m);
    assert.equal(terminal.screen().length, 40);
    terminal.press("s");
    await terminal.shows(/s sorts \(bytes\)/);
    stop();
    terminal.press("q");
    await terminal.shows(/ended with 0/);
    assert.equal(terminal.flags(), "0 1");
    assert.doesNotMatch(terminal.screen().join("\n"), /raet top/);
    assert.match(terminal.modes(), / icanon .* echo /s);
  });

  it("gives the screen back on ^C, on SIGTERM and in a console too", async () => {
    for (const end of ["C-c", "SIGTERM"]) {
      using terminal = open(["top"]);
      await terminal.shows(/^raet top/m);
      if (end === "C-c") terminal.press("C-c");
      else process.kill(terminal.pid(), "SIGTERM");
      await terminal.shows(/ended with 0/);
      assert.equal(terminal.flags(), "0 1", end);
      assert.match(terminal.modes(), / icanon .* echo /s, end);
    }
    using terminal = open(["repl"]);
    await terminal.shows(/^alpha>$/m);
    terminal.type("top");
    terminal.press("Enter");
    await terminal.shows(/^raet top/m);
    terminal.press("q");
    await terminal.shows(/^alpha> top\nalpha>$/m);
    terminal.type("top");
    terminal.press("Enter");
    await terminal.shows(/^raet top/m);
    process.kill(terminal.pid(), "SIGTERM");
    await terminal.shows(/ended with 0/);
    assert.equal(terminal.flags(), "0 1");
    assert.match(terminal.modes(), / icanon .* echo /s);
  });
});

describe("a full screen", { skip: !HAS_TMUX && "there is no tmux" }, () => {
  it("is given back after a fault, and the fault can be read", async () => {
    const script = resolve("test/support/full_screen_fault.ts");
    const program = [RAET.file, ...RAET.args.slice(0, -1), script];
    using terminal = new Terminal([], 80, 24, [], program);
    await terminal.shows(/^drawn$/m);
    assert.equal(terminal.flags(), "1 0");
    await terminal.shows(/^the fault was: on purpose\n(.*\n)*ended with 70/m);
    assert.equal(terminal.flags(), "0 1");
    assert.match(terminal.modes(), / icanon .* echo /s);
  });
});

/** What a row may be: a greeting, a prompt, an event, a sum. */
const WHOLE_ROW =
  /^$|^estate |^Tab completes|^alpha>|^delivered|^\d\d:\d\d:\d\d\.\d{3} .*|^and [\d,]+ more/;

/** Sends 500 messages a second until it is stopped. */
function flood(yard: Yard): () => void {
  const timer = setInterval(() => {
    for (let i = 0; i < 25; i++) yard.send("beta//jobs", i);
  }, 50);
  return () => clearInterval(timer);
}
