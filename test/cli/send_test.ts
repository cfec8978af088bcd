import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { utf8 } from "../../src/base/bytes.ts";
import type { EstateView } from "../../src/route/control.ts";
import { failure } from "../../src/route/outcome.ts";
import { ALPHA, FakeManor } from "../support/fake_manor.ts";
import { type Around, runInMemory } from "../support/world.ts";

type Json = Record<string, unknown>;

/** A manor that knows these estates. */
function manorWith(...names: string[]): FakeManor {
  const [beta] = (ALPHA.estates as { rows: EstateView[] }).rows;
  return new FakeManor({ estates: { rows: names.map((name) => ({ ...beta, name })) } });
}

/** What a command line that sends did, and the bodies that it sent. */
async function send(args: string[], around: Around & { manor?: FakeManor } = {}) {
  const manor = around.manor ?? new FakeManor();
  const ran = await runInMemory(["send", ...args], { ...around, manor });
  const bodies = manor.messages.map(({ payload }) => payload);
  return { ...ran, bodies, manor };
}

const lines = (out: string) => out.trimEnd().split("\n").map((line) => JSON.parse(line) as Json);

/** The only failure that was said as JSON. */
async function codeOf(args: string[], around: Around = {}): Promise<string> {
  const { out, exit } = await send([...args, "--json"], around);
  assert.equal(exit, 1, args.join(" "));
  const { code, message } = lines(out)[0].error as { code: string; message: string };
  assert.match(message, /^[^\n]+[^.\n]$/);
  return code;
}

describe("the body of send", () => {
  let folder = "";
  before(() => folder = mkdtempSync(join(tmpdir(), "raet-send-")));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is a JSON argument, pairs of text and JSON, or an empty map", async () => {
    const cases: [string[], unknown][] = [
      [[], {}],
      [["[1, null]"], [1, null]],
      [["3"], 3],
      [["run=backup", "n:=3", "list:=[1,2]", "empty="], {
        run: "backup",
        n: 3,
        list: [1, 2],
        empty: "",
      }],
      [["a=b=c"], { a: "b=c" }],
      [['{"a=b": 1}'], { "a=b": 1 }],
      [['"k=v"'], "k=v"],
    ];
    for (const [words, body] of cases) {
      assert.deepEqual((await send(["beta//x", ...words])).bodies, [body], words.join(" "));
    }
  });

  it("is a file or standard input, as JSON, text or bytes", async () => {
    const path = join(folder, "body");
    writeFileSync(path, '{"n": 1}');
    const at = `@${path}`;
    const bytes = new Uint8Array([0, 255, 10]);
    writeFileSync(join(folder, "bytes"), bytes);
    assert.deepEqual((await send(["beta//x", at])).bodies, [{ n: 1 }]);
    assert.deepEqual((await send(["beta//x", at, "--as", "text"])).bodies, ['{"n": 1}']);
    const got = await send(["beta//x", `@${folder}/bytes`, "--as", "bytes"]);
    assert.deepEqual(got.bodies, [bytes]);
    assert.deepEqual((await send(["beta//x", "-"], { input: "[1]" })).bodies, [[1]]);
    assert.deepEqual((await send(["beta//x", "-", "--as", "text"], { input: "a\n" })).bodies, [
      "a\n",
    ]);
    const piped = await send(["beta//x", "-", "--as", "bytes"], { input: bytes });
    assert.deepEqual(piped.bodies, [bytes]);
    assert.deepEqual((await send(["beta//x", "a=b", "--as", "text"])).bodies, ["a=b"]);
  });

  it("is waited for no longer where it is given up while a pipe is read", async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const controller = new AbortController();
    const { signal } = controller;
    const sending = send(["beta//x", `@${path}`, "--durable", "--json"], { signal });
    const writer = await open(path, "w"); // once it reads
    controller.abort();
    const ended = await Promise.race([sending, sleep(5000)]);
    await writer.close();
    assert.ok(ended, "it waits for its pipe");
    assert.deepEqual([ended.exit, ended.bodies], [3, []]);
    assert.deepEqual(lines(ended.out).map(({ error }) => (error as Json).code), ["expired"]);
  });

  it("is a file of the user's own folder, where no shell says so", async () => {
    const { HOME } = process.env;
    process.env.HOME = folder;
    try {
      writeFileSync(join(folder, "own.json"), "7");
      assert.deepEqual((await send(["beta//x", "@~/own.json"])).bodies, [7]);
    } finally {
      process.env.HOME = HOME;
    }
  });

  it("may come in more reads than a call can have arguments", async () => {
    const reads = Array.from({ length: 200_000 }, () => Uint8Array.of(65));
    const { bodies } = await send(["beta//x", "-", "--as", "bytes"], { reads });
    assert.equal((bodies[0] as Uint8Array).length, reads.length);
    const text = "A".repeat(reads.length);
    assert.deepEqual((await send(["beta//x", "-", "--lines", "--as", "text"], { reads })).bodies, [
      text,
    ]);
  });

  it("is refused before anything is sent if it can't be one", async () => {
    const bytes = join(folder, "bytes");
    const cases: [string[], string, Around?][] = [
      [["beta//x", "hello"], "bad_body"],
      [["beta//x", "n:=x"], "bad_body"],
      [["beta//x", "a=1", "b"], "usage"],
      [["beta//x", "a=1", "b=2", "a:=3"], "usage"],
      [["beta//x", "1", "2"], "usage"],
      [["beta//x", "@/nowhere/at/all"], "usage"],
      [["beta//x", `@${folder}`], "usage"],
      [["beta//x", `@${bytes}`], "bad_body"],
      [["beta//x", "1", "--rate", "5"], "usage"],
      [["beta//x", "1", "--count", "2", "--rate", "fast"], "usage"],
      [["beta//x", "1", "--lines"], "usage"],
      [["beta//x", "1", "--timeout", "5", "--ttl", "60s"], "usage"],
      [["beta//x", "-", "--lines", "--count", "2"], "usage"],
      [["beta//x", '"{{nope}}"', "--count", "2"], "usage"],
      [["beta//x", '"{{random}}"', "--count", "2"], "usage"],
      [["beta//x", "1", "--as", "xml"], "usage"],
    ];
    for (const [args, code, around] of cases) {
      const manor = new FakeManor();
      assert.equal(await codeOf(args, { ...around, manor }), code, args.join(" "));
      assert.deepEqual(manor.messages, []);
    }
  });

  it("is not shown where it is bytes, and is told the form that takes it", async () => {
    const file = join(folder, "binary");
    writeFileSync(file, new Uint8Array(100));
    const { err } = await send(["beta//x", `@${file}`]);
    assert.equal(err, `raet: file "${file}" holds bytes that are no JSON: see --as bytes\n`);
    const text = await send(["beta//x", "-"], { input: "hello\n" });
    assert.match(text.err, /with both quotes, or --as text\n$/);
  });
});

describe("many messages", () => {
  it("are made from a template, counted, random and timed", async () => {
    const text = '{"n":{{count}},"id":"{{random 12}}","at":"{{ time }}","unix":{{unix}}}';
    const { exit, out, bodies } = await send(["beta//x", text, "--count", "300", "--json"]);
    assert.equal(exit, 0, out);
    const [row] = lines(out);
    assert.deepEqual([row.to, row.sent, row.delivered, row.failed], ["beta//x", 300, 300, 0]);
    const got = bodies as { n: number; id: string; at: string; unix: number }[];
    assert.deepEqual(got.map(({ n }) => n), Array.from({ length: 300 }, (_, n) => n + 1));
    assert.equal(new Set(got.map(({ id }) => id)).size, 300);
    for (const { id, at, unix } of got) {
      assert.match(id, /^[a-z2-7]{12}$/);
      assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Math.abs(Date.parse(at) - unix) < 1000);
    }
  });

  it("are told how long a random text may be", async () => {
    const { err } = await send(["beta//x", '"{{random 99999999}}"', "--count", "2"]);
    assert.match(err, /tells no length up to \d+: expected such as \{\{random 16\}\}$/m);
  });

  it("fill the templates of pairs too, and of one message none", async () => {
    const many = await send(["beta//x", "n:={{count}}", "t=x{{count}}", "--count", "2"]);
    assert.deepEqual(many.bodies, [{ n: 1, t: "x1" }, { n: 2, t: "x2" }]);
    assert.deepEqual((await send(["beta//x", "t={{count}}"])).bodies, [{ t: "{{count}}" }]);
  });

  it("are the lines of standard input that hold JSON", async () => {
    const input = '{"a":1}\r\n\n"two"\n\r\n  \t\n3';
    const json = await send(["beta//x", "-", "--lines", "--json"], { input });
    assert.deepEqual(json.bodies, [{ a: 1 }, "two", 3]);
    assert.equal(lines(json.out)[0].sent, 3);
    const { err } = await send(["beta//x", "-", "--lines"], { input: "\r\nthree\r\n" });
    assert.match(err, /^raet: line 2: body "three" is not JSON/);
  });

  it("are its lines as they are, empty ones too, where they are text or bytes", async () => {
    const input = "a\r\n\n\r\nb\0c\n  \nd";
    const expected = ["a\r", "", "\r", "b\0c", "  ", "d"];
    const text = await send(["beta//x", "-", "--lines", "--as", "text", "--json"], { input });
    assert.deepEqual(text.bodies, expected);
    assert.equal(lines(text.out)[0].sent, 6);
    const bytes = await send(["beta//x", "-", "--lines", "--as", "bytes"], { input });
    assert.deepEqual(bytes.bodies, expected.map((line) => new TextEncoder().encode(line)));
    const none = await send(["beta//x", "-", "--lines", "--as", "text", "--json"], { input: "" });
    assert.deepEqual([none.exit, none.bodies], [0, []]);
  });

  it("tell the number of a line that can't be sent, after what became of those before it", async () => {
    const input = "1\n2\nthree\n4";
    const { exit, out, bodies } = await send(["beta//x", "-", "--lines", "--json"], { input });
    assert.deepEqual([exit, bodies], [1, [1, 2]]);
    const [row, last] = lines(out);
    assert.deepEqual([row.to, row.sent, row.delivered], ["beta//x", 2, 2]);
    const { message } = last.error as { message: string };
    assert.match(message, /^line 3: body "three" is not JSON/);
    const first = await send(["beta//x", "-", "--lines"], { input: "three\n4" });
    assert.deepEqual([first.exit, first.out], [1, ""]);
  });

  it("are made when they are due, so that the time in them is that of their sending", async () => {
    const began = Date.now();
    const { bodies } = await send(["beta//x", "{{unix}}", "--count", "2", "--rate", "2"]);
    const [, second] = bodies as number[];
    assert.ok(second - began >= 480, `the second is due after 500 ms, but tells ${second - began}`);
  });

  it("go at a rate", async () => {
    const began = performance.now();
    await send(["beta//x", "1", "--count", "6", "--rate", "50"]);
    assert.ok(performance.now() - began >= 95, "five pauses of 20 ms");
  });

  it("go at a rate after a pause of their input as well", async () => {
    let resumedAt = 0;
    async function* reads() {
      yield utf8("1\n");
      await sleep(1500);
      resumedAt = performance.now();
      yield utf8("2\n3\n4\n5\n");
    }
    const { bodies } = await send(["beta//x", "-", "--lines", "--rate", "4"], { reads: reads() });
    const ms = performance.now() - resumedAt;
    assert.deepEqual(bodies, [1, 2, 3, 4, 5]);
    assert.ok(ms >= 500, `three pauses of 250 ms, but all were gone after ${ms}`);
  });

  it("end with exit code 7 if some fail, and with that of their failure if all do", async () => {
    const manor = new FakeManor();
    manor.result = ({ payload }) =>
      payload === 2 ? failure("no_share", "nobody claims it") : { status: "delivered" };
    const some = await send(["beta//x", "{{count}}", "--count", "3", "--json"], { manor });
    assert.equal(some.exit, 7);
    const [row, last] = lines(some.out);
    assert.deepEqual([row.delivered, row.failed, row.codes], [2, 1, { no_share: 1 }]);
    assert.deepEqual(last.error, {
      code: "some_failed",
      message: "1 of 3 messages failed: 1 no_share",
    });
    manor.result = failure("denied", "a rule says no");
    const all = await send(["beta//x", "{{count}}", "--count", "3", "--json"], { manor });
    assert.equal(all.exit, 5);
    assert.equal((lines(all.out)[1].error as Json).code, "denied");
  });

  it("end with an exit code that tells where they are given up before all are sent", async () => {
    const words = ["beta//x", "{{count}}", "--count", "3", "--json"];
    const controller = new AbortController();
    const manor = new FakeManor();
    manor.result = ({ payload }) => {
      if (payload === 2) controller.abort();
      return { status: "delivered" };
    };
    const { signal } = controller;
    const some = await send(words, { manor, signal });
    assert.equal(some.exit, 7);
    const [row, last] = lines(some.out);
    assert.equal(row.sent, 2);
    assert.equal((last.error as Json).code, "some_failed");
    const none = await send(words, { signal });
    assert.deepEqual([none.exit, none.bodies], [3, []]);
    assert.deepEqual(lines(none.out).map(({ error }) => (error as Json).code), ["expired"]);
  });

  it("show how far they are after a second, on a terminal only", async () => {
    const args = ["beta//x", "1", "--count", "4", "--rate", "2"];
    const [shown, piped] = await Promise.all([send(args, { terminal: true }), send(args)]);
    const frames = shown.err.split("\r\x1b[K");
    assert.match(
      frames.find((frame) => frame.includes("of 4"))!,
      /^█+░+ +\d+% {2}[23] of 4, \d+ a second$/,
    );
    assert.equal(frames.at(-1), "", "nothing is left of it");
    assert.equal(piped.err, "");
  });

  it("say taken, not delivered, with --no-wait", async () => {
    const manor = new FakeManor();
    manor.result = null;
    const { exit, out } = await send(["beta//x", "1", "--count", "3", "--no-wait", "--json"], {
      manor,
    });
    const [row] = lines(out);
    assert.deepEqual([exit, row.taken, row.delivered], [0, 3, 0]);
  });
});

describe("a glob over estates", () => {
  it("sends to each that fits, and prints what became of each", async () => {
    const manor = manorWith("web2", "web1", "db1", "");
    const { exit, out } = await send(["web*//jobs", "1", "--json"], { manor });
    assert.equal(exit, 0);
    assert.deepEqual(lines(out).map(({ to, status }) => [to, status]), [
      ["web1//jobs", "delivered"],
      ["web2//jobs", "delivered"],
    ]);
    assert.deepEqual(manor.messages.map(({ destination }) => destination.estate), ["web1", "web2"]);
    const table = await send(["web*//jobs", "1"], { manor: manorWith("web1") });
    assert.match(table.out, /^TO +OUTCOME +TOOK +WHY\nweb1\/\/jobs +delivered /);
  });

  it("ends with exit code 7 if some failed, and with the code's own if all failed alike", async () => {
    const manor = manorWith("web1", "web2");
    manor.result = ({ destination }) =>
      destination.estate === "web1" ? { status: "delivered" } : failure("no_share", "nobody");
    const some = await send(["web*//jobs", "1", "--json"], { manor });
    assert.equal(some.exit, 7);
    const rows = lines(some.out);
    assert.deepEqual([rows[1].to, rows[1].code, rows[1].message], [
      "web2//jobs",
      "no_share",
      "nobody",
    ]);
    manor.result = failure("no_share", "nobody");
    const all = await send(["web*//jobs", "1", "--json"], { manor });
    assert.equal(all.exit, 2);
    assert.deepEqual(lines(all.out)[2].error, {
      code: "no_share",
      message: "all 2 messages failed: nobody",
    });
    manor.result = ({ destination }) =>
      failure(destination.estate === "web1" ? "denied" : "no_yard", "-");
    assert.equal((await send(["web*//jobs", "1"], { manor })).exit, 7);
  });

  it("ends with no_estate if it fits none", async () => {
    const { exit, err } = await send(["wbe*//jobs", "1"], { manor: manorWith("web") });
    assert.equal(exit, 2);
    assert.equal(err, 'raet: no estate that is known fits "wbe*"; there is web\n');
  });

  it("is a name where an estate is called so", async () => {
    const manor = manorWith("web*", "web1");
    await send(["web*//jobs", "1"], { manor });
    assert.deepEqual(manor.messages.map(({ destination }) => destination.estate), ["web*"]);
  });

  it("counts for each estate with --count", async () => {
    const manor = manorWith("web1", "web2");
    const { out } = await send(["web*//jobs", "{{count}}", "--count", "2", "--json"], { manor });
    assert.deepEqual(lines(out).map(({ to, sent }) => [to, sent]), [["web1//jobs", 2], [
      "web2//jobs",
      2,
    ]]);
  });
});

describe("one message", () => {
  it("is suggested another route if a name that is known is near", async () => {
    const cases: [string, "no_estate" | "no_yard" | "no_share", string][] = [
      ["bta//jobs", "no_estate", "beta"],
      ["/workr/x", "no_yard", "worker"],
      ["//jbos", "no_share", "jobs"],
    ];
    for (const [route, code, name] of cases) {
      const manor = new FakeManor();
      manor.result = failure(code, "it is not here");
      const { exit, err } = await send([route, "1"], { manor });
      assert.equal(exit, 2);
      assert.equal(err, `raet: it is not here; did you mean ${name}\n`);
    }
    const manor = new FakeManor();
    manor.result = failure("no_share", "nobody claims it");
    assert.equal((await send(["beta//jbos", "1"], { manor })).err, "raet: nobody claims it\n");
  });

  it("says on stderr that nobody took it yet, when that takes longer than usual", async () => {
    const manor = new FakeManor();
    manor.result = null;
    const signal = AbortSignal.timeout(2_500);
    const { out, err } = await runInMemory(["send", "beta//", "--timeout", "20"], {
      manor,
      signal,
    });
    assert.match(
      err,
      /^nobody has taken the message yet: waiting up to 20 s for a process that listens on beta\/\/inbox$/m,
    );
    assert.equal(out, "");
  });

  it("says that it was taken with --no-wait, unless it has failed by then", async () => {
    const manor = new FakeManor();
    manor.result = null;
    const taken = await send(["beta//x", "1", "--no-wait", "--json"], { manor });
    assert.equal(lines(taken.out)[0].status, "taken");
  });
});
