import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { runConsole } from "../../repl/console.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { RaetError } from "../../src/base/errors.ts";
import { CONSOLE_LINE_BYTES_MAX } from "../../src/base/limits.ts";
import { Output } from "../../src/cli/output.ts";
import type { Session } from "../../src/cli/session.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import type { Yard } from "../../src/client/yard.ts";
import { errorReply } from "../../src/route/reply.ts";
import { FakeManor } from "../support/fake_manor.ts";

/** How a console is opened. */
interface How {
  readonly terminal?: boolean;
  readonly json?: boolean;
  readonly shell?: boolean;
  readonly signal?: AbortSignal;
  readonly env?: Record<string, string>;
}

/** A console over a pair of pipes. */
class Rig {
  readonly modes: boolean[] = [];
  readonly input = Object.assign(new PassThrough(), {
    setRawMode: (raw: boolean) => void this.modes.push(raw),
  });
  readonly output = Object.assign(new PassThrough(), { columns: 100, rows: 30 });
  readonly ended: Promise<number>;
  /** What it wrote to where whoever started it reads errors. */
  errors = "";
  #printed = "";

  constructor(home: string, yard: Yard, how: How = {}) {
    const { terminal = true, json = false, shell = false, env = { NO_COLOR: "1" } } = how;
    this.output.on("data", (data) => this.#printed += String(data));
    const sink = { isTerminal: terminal, write: (text: string) => void this.output.write(text) };
    const err = { isTerminal: terminal, write: (text: string) => void (this.errors += text) };
    const session: Session = {
      place: "command",
      console: null,
      output: new Output({ out: sink, err, json, env }),
      home,
      env,
      signal: how.signal ?? new AbortController().signal,
      attach: () => Promise.resolve(yard),
      readInput: () => Promise.reject(new Error("not here")),
      setExitCode: () => {},
    };
    const { input, output } = this;
    this.ended = runConsole({
      session,
      verbs: verbsOf("console"),
      yard,
      shell,
      greeting: ["hello"],
      streams: { input, output, terminal },
    });
  }

  /** What was printed so far, without what moves the cursor. */
  get text(): string {
    return stripVTControlCharacters(this.#printed).replaceAll("\r", "");
  }

  get raw(): string {
    return this.#printed;
  }

  /** Types keys. */
  type(...keys: string[]): void {
    for (const key of keys) this.input.write(key);
  }

  /** Types a line and waits for what it prints. */
  async run(line: string, shows: string | RegExp): Promise<void> {
    this.type(line, "\r");
    await this.shows(shows);
  }

  /** Leaves by ^D. */
  async leave(): Promise<number> {
    this.type("\x04");
    return await this.ended;
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
  async function pipe(
    lines: string[],
    how: How = {},
  ): Promise<{ text: string; errors: string; exit: number }> {
    const rig = new Rig(home, yard, { ...how, terminal: false });
    rig.input.end(lines.map((line) => `${line}\n`).join(""));
    const exit = await rig.ended;
    return { text: rig.text, errors: rig.errors, exit };
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

  it("takes no more from a pipe than it runs", async () => {
    manor.silent = true;
    const end = new AbortController();
    const rig = new Rig(home, yard, { terminal: false, signal: end.signal });
    const [many, times] = ["stats\n".repeat(20_000), 10];
    for (let i = 0; i < times; i++) rig.input.write(many);
    while (!manor.calls.some(({ verb }) => verb === "stats")) await sleep(5);
    await sleep(50);
    const left = rig.input.readableLength + rig.input.writableLength;
    assert.ok(
      left >= (times - 2) * many.length,
      `${left} bytes are left of ${times * many.length}`,
    );
    end.abort();
    await rig.ended;
  });

  it("says why it reads no further from a pipe", async () => {
    const rig = new Rig(home, yard, { terminal: false });
    rig.input.write("get-no\n");
    await rig.shows("get-no");
    rig.input.destroy(new RaetError("too_large", "this line is far too long"));
    assert.equal(await rig.ended, 9);
    assert.match(rig.text, /raet: this line is far too long\n$/);
  });

  it("refuses a line that is no text, and goes on after it", async () => {
    const rig = new Rig(home, yard, { terminal: false });
    rig.input.write("stats\nsend x//y --as text ");
    rig.input.end(Uint8Array.of(0xff, 0xfe, 10, ...utf8("show estates\n")));
    assert.equal(await rig.ended, 1);
    assert.match(rig.text, /raet: line 2 is not UTF-8 text: expected a verb\nESTATE /);
    assert.deepEqual(manor.messages, []);
  });

  it("reads no line without end from a pipe", async () => {
    const rig = new Rig(home, yard, { terminal: false });
    const part = Buffer.alloc(65536, "a");
    rig.input.write("get-no\n");
    for (let i = 0; i <= CONSOLE_LINE_BYTES_MAX; i += part.length) rig.input.write(part);
    rig.input.end();
    assert.equal(await rig.ended, 9);
    const why = `a line holds more than ${CONSOLE_LINE_BYTES_MAX} bytes`;
    assert.match(rig.text, new RegExp(`^raet: .*get-no.*\nraet: ${why}\n$`));
  });

  it("runs a line of any length up to that", async () => {
    const body = "b".repeat(CONSOLE_LINE_BYTES_MAX - 100);
    const { exit, text } = await pipe([`send beta//jobs "${body}"`, "c".repeat(body.length)]);
    assert.deepEqual(manor.messages.map(({ payload }) => payload), [body]);
    assert.match(text, /unknown command "c+/);
    assert.equal(exit, 1);
  });

  it("gives the exit code of the last line that failed, and goes on after it", async () => {
    manor.result = { status: "failed", code: "no_estate", message: 'no estate "x" is known' };
    const { text, exit } = await pipe(["send x//y", "nonsense", "send x//y", "show stats"]);
    assert.equal(exit, 2);
    assert.match(
      text,
      /raet: no estate "x" is known\nraet: unknown command "nonsense": expected one that help shows\n/,
    );
    assert.match(text, /message sent {2}3\n/);
  });

  it("counts a line as failed that ended with another exit code than 0, whatever it printed", async () => {
    manor.reply = () => ({ reply: errorReply("command_failed", "no disk", 3) });
    const { text, exit } = await pipe(["ask beta//disk", "keys"]);
    assert.match(text, /no disk/);
    assert.equal(exit, 10);
    const file = join(home, "lines.raet");
    writeFileSync(file, "ask beta//disk\nkeys\n");
    const sourced = await pipe([`source ${file}`]);
    assert.match(sourced.text, /ran 2 lines of .*, 1 failed\n$/);
    assert.equal(sourced.exit, 10);
  });

  it("prints JSON lines, for all lines or for one", async () => {
    const all = await pipe(["keys", "show shares", "send a"], { json: true });
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

  it("prints nothing but JSON to a pipe that JSON is read from", async () => {
    const all = await pipe(["watch presence nobody"], { json: true });
    assert.equal(all.text, '{"watching":"presence nobody"}\n');
    assert.match(all.errors, /^note: "nobody" is no topic/);
    const one = await pipe(["watch presence nobody --json", "watch presence nobody"]);
    const [first, second, ...rest] = one.text.trimEnd().split("\n");
    assert.equal(first, '{"watching":"presence nobody"}');
    assert.match(second, /^note: "nobody" is no topic/);
    assert.deepEqual(rest, ["watching presence nobody"]);
  });

  it("knows help on itself and on its verbs only", async () => {
    const { text } = await pipe(["help", "help watch", "up", "help repl"]);
    assert.match(text, /send <route> \[body\.\.\.\] +send a message/);
    assert.doesNotMatch(text, /run the manor/);
    assert.match(text, /Usage: watch \[options\] \[what\.\.\.\]/);
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

  it("prompts with the estate's name, and leaves on ^D with the terminal as it was", async () => {
    const rig = new Rig(home, yard);
    await rig.shows(/hello\n(.*\n)*alpha> /);
    await rig.run("show", "127.0.0.1:7531");
    assert.equal(await rig.leave(), 0);
    assert.deepEqual(rig.modes, [true, false]);
    assert.match(rig.raw, /\x1b\[\?2004h.*\x1b\[\?2004l$/s);
  });

  it("does without moving the cursor on a dumb terminal, and prompts all the same", async () => {
    const rig = new Rig(home, yard, { env: { TERM: "dumb" } });
    await rig.shows("alpha> ");
    rig.type("keys show beta\n");
    await rig.shows(/fingerprint .*\nalpha> $/);
    assert.ok(!rig.raw.includes("\x1b"));
    await rig.run("top\n", "there is no terminal to draw on");
    rig.input.end();
    await rig.ended;
  });

  it("prints live lines above the line being typed, and the line again below", async () => {
    const rig = new Rig(home, yard);
    rig.type(..."show sta");
    manor.tell({ topic: "presence", at: 0, event: "joined", estate: "gamma", message: "" });
    await rig.shows(/gamma joined\r?\nalpha> show sta/);
    rig.type("\t", "\r");
    await rig.shows("message sent  3");
    await rig.leave();
  });

  it("shows the live lines that are asked for, and asks the manor for no others", async () => {
    const rig = new Rig(home, yard);
    const tell = (estate: string) =>
      manor.tell({ topic: "presence", at: 0, event: "lost", estate, message: "" });
    const watches = async (...topics: string[]) => {
      const last = () => manor.calls.findLast(({ verb }) => verb === "watch")?.args;
      while (!isDeepStrictEqual(last(), { topics })) await sleep(5);
    };
    await rig.run("watch off", "watching off");
    tell("unseen");
    await watches();
    await rig.run("watch presence messages gam*", "watching presence messages gam*");
    await watches("presence", "messages");
    tell("unseen");
    tell("gamma");
    await rig.shows("gamma lost");
    await rig.run("watch mesages", 'raet: "mesages" is no topic: did you mean messages?');
    await rig.run("watch on", "watching presence transactions");
    assert.doesNotMatch(rig.text, /unseen lost/);
    await rig.leave();
  });

  it("counts live lines of a flood that it leaves out", async () => {
    const rig = new Rig(home, yard);
    await rig.shows("alpha> ");
    while (!manor.calls.some(({ verb }) => verb === "watch")) await sleep(5);
    for (let i = 0; i < 500; i++) {
      manor.tell({ topic: "presence", at: 0, event: "lost", estate: `e${i}`, message: "" });
    }
    await rig.shows("and 490 more: 490 lost");
    await rig.leave();
  });

  it("clears the line on ^C, and leaves on a second one", async () => {
    const rig = new Rig(home, yard);
    rig.type(..."nonsense", "\x03");
    await rig.run("keys", "pending");
    assert.doesNotMatch(rig.text, /unknown command/);
    rig.type("\x03");
    await rig.shows("^C again or ^D leaves");
    rig.type("x", "\x7f", "\x03", "\x03");
    assert.equal(await rig.ended, 0);
  });

  it("ends a verb that waits on ^C, and prompts again", async () => {
    manor.result = null;
    const rig = new Rig(home, yard);
    rig.type(..."send beta//jobs", "\r");
    while (manor.messages.length === 0) await sleep(5);
    rig.type("\x03");
    await rig.shows("raet: the message may have arrived");
    await rig.shows("alpha> ", 2);
    await rig.leave();
  });

  it("goes on without a verb that does not end on ^C", async () => {
    const rig = new Rig(home, yard);
    await rig.shows("alpha> ");
    while (!manor.calls.some(({ verb }) => verb === "watch")) await sleep(5);
    manor.silent = true;
    rig.type(..."keys", "\r");
    while (!manor.calls.some(({ verb }) => verb === "keys")) await sleep(5);
    rig.type("\x03");
    await rig.shows("raet: interrupted");
    manor.silent = false;
    await rig.run("shares", "jobs");
    await rig.leave();
  });

  it("runs no line of a file any more that was given up in one of them", async () => {
    const file = join(home, "lines.raet");
    writeFileSync(file, "keys\nshares\n");
    const rig = new Rig(home, yard);
    await rig.shows("alpha> ");
    while (!manor.calls.some(({ verb }) => verb === "watch")) await sleep(5);
    manor.silent = true;
    await rig.run(`source ${file}`, "> keys");
    while (!manor.calls.some(({ verb }) => verb === "keys")) await sleep(5);
    rig.type("\x03");
    await rig.shows("raet: interrupted");
    manor.silent = false;
    await rig.run("estates", "127.0.0.1:7531");
    assert.doesNotMatch(rig.text, /> shares/);
    assert.equal(rig.text.match(/interrupted/g)?.length, 1);
    await rig.leave();
  });

  it("runs no line of a file that was given up before it could be read", async () => {
    const file = join(home, "late.raet");
    execFileSync("mkfifo", [file]);
    const rig = new Rig(home, yard);
    rig.type(..."source ", file, "\r");
    await sleep(100);
    rig.type("\x03");
    await rig.shows("raet: interrupted");
    manor.result = null;
    rig.type(..."send beta//jobs 1", "\r");
    while (manor.messages.length === 0) await sleep(5);
    writeFileSync(file, "send beta//late 2\n");
    await sleep(300);
    assert.deepEqual(manor.messages.map(({ payload }) => payload), [1]);
    rig.type("\x03");
    await rig.shows("raet: the message may have arrived");
    await rig.leave();
  });

  it("ends when it is told to, with the terminal as it was", async () => {
    const controller = new AbortController();
    const rig = new Rig(home, yard, { signal: controller.signal });
    await rig.shows("alpha> ");
    controller.abort("SIGTERM");
    await rig.ended;
    assert.deepEqual(rig.modes, [true, false]);
  });

  it("shows control characters of a peer instead of obeying them", async () => {
    const rig = new Rig(home, yard);
    await rig.shows("alpha> ");
    while (!manor.calls.some(({ verb }) => verb === "watch")) await sleep(5);
    const evil = "x\x1b]0;title\x07";
    manor.tell({ topic: "presence", at: 0, event: "joined", estate: evil, message: "\x9b2J" });
    await rig.shows("x\\x1b]0;title\\x07 joined: \\x9b2J");
    assert.ok(!rig.raw.includes("\x1b]0") && !rig.raw.includes("\x9b"));
    await rig.leave();
  });

  it("remembers what was typed, but for lines that begin with a blank", async () => {
    const rig = new Rig(home, yard);
    await rig.run("watch", "watching presence");
    await rig.run(" keys", "pending");
    rig.type("\x1b[A", "\r"); // up, enter
    await rig.shows("watching presence", 2);
    await rig.leave();
    assert.equal(readFileSync(join(home, "console_history"), "utf8"), "watch\nwatch\n");
  });

  it("sends to the route in use, which the prompt shows", async () => {
    const rig = new Rig(home, yard);
    await rig.run("use beta//jobs", "alpha beta//jobs> ");
    await rig.run("send 7", "delivered to beta//jobs");
    assert.deepEqual(manor.messages.at(-1)?.destination, {
      estate: "beta",
      yard: "",
      share: "jobs",
    });
    await rig.run("use beta/jobs", "exactly two slashes");
    await rig.run("use -", "no route is in use");
    await rig.leave();
  });

  it("prints tables or JSON as is set, times if asked to, and says what can be set", async () => {
    const rig = new Rig(home, yard);
    await rig.run("set json", "output json, timing off, hints on");
    await rig.run("keys show beta", '{"role":"beta"');
    await rig.run("set table", '{"output":"table","timing":false,"hints":true}');
    await rig.run("timing", "timing is on");
    await rig.run("keys show beta", /role {9}beta\n(.*\n)*took .* ms/);
    await rig.run("set outputs json", "did you mean output");
    await rig.run(
      "set json off",
      'json takes no value, but got "off": expected set json or set table',
    );
    await rig.run("set", "output table, timing on, hints on");
    await rig.run("set timing maybe", 'timing takes on or off, but got "maybe"');
    await rig.leave();
  });

  it("shows the last result again, in full", async () => {
    const rig = new Rig(home, yard);
    await rig.run("last", "there is nothing to show again yet");
    await rig.run("keys show beta", "fingerprint");
    await rig.run("set", "hints on");
    await rig.run("last", /"acceptance": "pending",\n(.*\n)*.*"fingerprint": "b{64}"/);
    await rig.run("last 2", "there is no result 2 to show again: expected a number up to 1");
    await rig.leave();
  });

  it("saves what was typed and runs it again, for its owner's eyes only", async () => {
    const file = join(home, "lines.raet");
    const rig = new Rig(home, yard);
    await rig.run("use beta//jobs", "using beta//jobs");
    await rig.run("send 7", "delivered");
    await rig.run('send {"password": "x"}', "delivered to beta//jobs in");
    await rig.run("nonsense", "unknown command");
    await rig.run(`save ${file}`, "saved 2 lines");
    assert.equal(readFileSync(file, "utf8"), "use beta//jobs\nsend 7\n");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await rig.run(`save ${file}`, "it is there already; --force writes over it");
    for (const verb of ["save", "trace --out"]) {
      await rig.run(`${verb} /nonexistent/x`, "x\" can't be written: its folder is not there");
    }
    await rig.run("use -", "no route");
    writeFileSync(file, "# a remark\nuse beta//jobs\nsend 8\nnonsense\n");
    await rig.run(`source ${file}`, /> send 8\ndelivered (.*\n)*ran 3 lines of .*, 1 failed/);
    assert.deepEqual(manor.messages.at(-1)?.payload, 8);
    await rig.run("source /nonexistent", 'file "/nonexistent" can\'t be read: it is not there');
    await rig.run("keys show beta", "pending");
    await rig.run(`save ${join(home, "key.json")} --last`, "saved 1 line (");
    assert.equal(JSON.parse(readFileSync(join(home, "key.json"), "utf8")).role, "beta");
    await rig.leave();
  });

  it("follows no circle of files for ever", async () => {
    const file = join(home, "circle.raet");
    writeFileSync(file, `source ${file}\n`);
    const { text, exit } = await pipe([`source ${file}`]);
    assert.match(text, /is called by 8 others: expected fewer/);
    assert.equal(exit, 1);
  });

  it("runs shell commands only if it was started for that, and escapes what they print", async () => {
    const refused = await pipe(["!echo no"]);
    assert.match(refused.text, /shell commands are off: start the console with --shell/);
    assert.equal(refused.exit, 5);
    const { text } = await pipe(["!printf 'a\\033[2Jb\\n-- c'; exit 3"], { shell: true });
    assert.equal(text, "a\\x1b[2Jb\n-- c\nexit code 3\n");
  });

  it("ends a shell command on ^C", async () => {
    const rig = new Rig(home, yard, { shell: true });
    await rig.run("!echo go; sleep 100", /\ngo\n/);
    rig.type("\x03");
    await rig.shows("exit code 143");
    await rig.leave();
  });

  it("listens on shares while other things are done", async () => {
    const rig = new Rig(home, yard);
    await rig.run("listen jobs", "listening on alpha//jobs as yard p1");
    const body = { text: "x".repeat(300), evil: "\x1b[2J" };
    manor.deliver("jobs", body);
    await rig.shows(
      /beta\/worker\/inbox > alpha\/manor\/jobs \{"text":"x+… 3\d\d characters; see last/,
    );
    await rig.run("last", `"text": "${"x".repeat(300)}"`);
    assert.ok(!rig.raw.includes("\x1b[2J"));
    manor.deliver("jobs", { numbers: new Array(150_000).fill(7), end: "of many lines" });
    await rig.shows(/characters; see last/, 2);
    await rig.run("last", '"end": "of many lines"');
    await rig.run("unlisten jobs", "no more on jobs, after 2 messages");
    await rig.run("listen jobs", "listening on alpha//jobs as yard p1");
    manor.deliver("jobs", 1);
    await rig.shows("alpha/manor/jobs 1");
    await rig.run("listen", /SHARE +MESSAGES +HOW\njobs +1 +takes them/);
    await rig.run("listen .control", "begins with a dot");
    await rig.run("unlisten other", '"other" is not listened on: those that are: jobs');
    await rig.run("unlisten jobs", "no more on jobs, after 1 message");
    await rig.run("unlisten", "nothing was listened on");
    await rig.leave();
  });

  it("says that it listens on a share no more once that is not granted", async () => {
    const denied = new RaetError("denied", "claims are not for you");
    manor = new FakeManor({
      renew: () => JSON.stringify(manor.calls.at(-1)).includes("jobs") ? denied : { epoch: "e" },
    });
    const own = await manor.attach();
    const rig = new Rig(home, own);
    await rig.run("listen jobs", "listening on alpha//jobs");
    await rig.shows("raet: listening on jobs has ended: claims are not for you");
    await rig.run("listen", "nothing is listened on");
    await rig.run("listen jobs", /listening on alpha\/\/jobs.*\n(.|\n)*listening on alpha\/\/jobs/);
    await rig.leave();
    await own.close();
  });

  it("says that it watches no more once that is not granted, and watches again as it is", async () => {
    const denied = new RaetError("denied", "events are not for you");
    let [epoch, isGranted] = ["e", false];
    manor = new FakeManor({
      attach: () => ({ estate: "alpha", role: "alpha", address: "", epoch, version: 1 }),
      renew: () => ({ epoch }),
      watch: () => isGranted ? {} : denied,
    });
    const own = await manor.attach();
    const rig = new Rig(home, own);
    const lost = (estate: string) =>
      manor.tell({ topic: "presence", at: 0, event: "lost", estate, message: "" });
    await rig.shows("raet: events are not for you");
    await rig.run("watch", "watching off");
    isGranted = true;
    await rig.run("watch on", "watching presence transactions");
    lost("gamma");
    await rig.shows("gamma lost");
    [epoch, isGranted] = ["another", false];
    await rig.shows("raet: watching has ended: events are not for you");
    await rig.run("watch", /ended(.|\n)*watching off/);
    isGranted = true;
    await rig.run("watch on", /ended(.|\n)*watching presence transactions/);
    lost("delta");
    await rig.shows("delta lost");
    await rig.leave();
    await own.close();
  });

  it("says when the manor goes away and when it is back, and shows it in the prompt", async () => {
    const rig = new Rig(home, yard);
    await rig.shows("alpha> ");
    manor.isAway = true;
    await rig.run("keys", "raet: ");
    await rig.shows("the manor went away; waiting for it to come back");
    await rig.shows("alpha (gone)> ");
    manor.isAway = false;
    await rig.shows("the manor is back");
    await rig.shows(/back(.|\n)*alpha> /);
    await rig.leave();
  });

  it("leaves top at once also where the manor does not answer it any more", async () => {
    const rig = new Rig(home, yard);
    await rig.run("top --interval 0.05", "raet top");
    manor.silent = true;
    const asked = manor.calls.length;
    while (!manor.calls.slice(asked).some(({ verb }) => verb === "stats")) await sleep(5);
    const began = performance.now();
    rig.type("q");
    await rig.shows(/raet top(.|\n)*alpha> /);
    assert.ok(performance.now() - began < 5_000);
    await rig.leave();
  });

  it("lends its screen to top, and has it back", async () => {
    const rig = new Rig(home, yard);
    await rig.run("top --interval 0.05", "raet top");
    assert.match(rig.raw, /\x1b\[\?1049h/);
    await rig.shows(/beta +alive/);
    rig.type("q");
    await rig.shows(/raet top(.|\n)*alpha> /);
    assert.match(rig.raw, /\x1b\[\?25h\x1b\[\?1049l/);
    await rig.run("keys", "pending");
    await rig.leave();
    assert.deepEqual(rig.modes, [true, false, true, false, true, false]);
  });
});
