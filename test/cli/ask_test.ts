import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EstateView } from "../../src/route/control.ts";
import { failure, type Result } from "../../src/route/outcome.ts";
import { errorReply, type Reply } from "../../src/route/reply.ts";
import { ALPHA, FakeManor } from "../support/fake_manor.ts";
import { runInMemory } from "../support/world.ts";

const answered: Reply = { status: "answered" };

describe("raet ask", () => {
  it("prints the body of the answer alone: text as it is, all else as JSON", async () => {
    const manor = new FakeManor();
    const cases: [unknown, string][] = [[42, "42\n"], ["two\nlines", "two\nlines\n"], [
      { a: 1 },
      '{"a":1}\n',
    ]];
    for (const [payload, printed] of cases) {
      manor.reply = () => ({ reply: answered, payload: payload as number });
      const { exit, out, err } = await runInMemory(["ask", "beta//double", "n:=1"], { manor });
      assert.deepEqual([exit, out, err], [0, printed, ""]);
    }
    assert.deepEqual(manor.messages[0].payload, { n: 1 });
  });

  it("takes no glob, but the name of an estate that is called as one", async () => {
    const manor = new FakeManor();
    const { exit, err } = await runInMemory(["ask", "b*//x"], { manor });
    assert.deepEqual([exit, manor.messages], [1, []]);
    assert.equal(err, 'raet: ask takes no globs, but got "b*": expected the name of one estate\n');
    const [beta] = (ALPHA.estates as { rows: EstateView[] }).rows;
    const other = new FakeManor({ estates: { rows: [{ ...beta, name: "b*" }] } });
    other.reply = (request) => ({ reply: answered, payload: request.destination.estate });
    assert.equal((await runInMemory(["ask", "b*//x"], { manor: other })).out, "b*\n");
  });

  it("tells with --json who answered", async () => {
    const manor = new FakeManor();
    manor.reply = () => ({ reply: answered, payload: "x" });
    const { out } = await runInMemory(["ask", "beta//double", "1", "--json"], { manor });
    const { status, id, ms, from, body } = JSON.parse(out);
    assert.deepEqual([status, from, body], ["answered", ["beta", "worker", "inbox"], "x"]);
    assert.equal(id, manor.messages[0].id);
    assert.equal(typeof ms, "number");
  });

  it("ends with exit code 10 if the answer is an error, and says what the far side said", async () => {
    const manor = new FakeManor();
    const reply = errorReply("command_failed", "no disk\nno hope\n", 3);
    manor.reply = () => ({ reply });
    const human = await runInMemory(["ask", "beta//disk"], { manor });
    assert.deepEqual([human.exit, human.out], [10, ""]);
    assert.equal(
      human.err,
      "raet: beta/worker/inbox failed with exit code 3, command_failed\nno disk\nno hope\n",
    );
    const json = await runInMemory(["ask", "beta//disk", "--json"], { manor });
    assert.equal(json.exit, 10);
    const { error } = JSON.parse(json.out);
    assert.equal(error.code, "answered_error");
    assert.deepEqual(error.from, ["beta", "worker", "inbox"]);
    const { code, message, exit } = error.answer;
    assert.deepEqual([code, message, exit], ["command_failed", "no disk\nno hope\n", 3]);
  });

  it("keeps what an answer holds from steering the terminal", async () => {
    const manor = new FakeManor();
    manor.reply = () => ({ reply: answered, payload: "a\x1b[2Jb\nc" });
    const shown = await runInMemory(["ask", "beta//x"], {
      manor,
      terminal: true,
      env: { NO_COLOR: "1" },
    });
    assert.equal(shown.out, "a\\x1b[2Jb\nc\n");
    assert.equal((await runInMemory(["ask", "beta//x"], { manor })).out, "a\x1b[2Jb\nc\n");
    manor.reply = () => ({ reply: errorReply("bad\x1b]0;x\x07", "no\x1b[2J\nway\x1b[2J", null) });
    const failed = await runInMemory(["ask", "beta//x"], {
      manor,
      terminal: true,
      env: { NO_COLOR: "1" },
    });
    assert.ok(!failed.err.replaceAll("\r\x1b[K", "").includes("\x1b"), failed.err);
  });

  it("says on stderr that nobody took the request yet, and nothing once somebody has", async () => {
    const said =
      /^nobody has taken the message yet: waiting up to 20 s for a process that listens on beta\/\/inbox$/m;
    const asks = async (result: Result | null) => {
      const manor = new FakeManor();
      manor.result = result;
      const signal = AbortSignal.timeout(2_500);
      return await runInMemory(["ask", "beta//", "--timeout", "20"], { manor, signal });
    };
    const [untaken, taken] = await Promise.all([asks(null), asks({ status: "delivered" })]);
    assert.match(untaken.err, said);
    assert.equal(untaken.out, "");
    assert.doesNotMatch(taken.err, said);
    assert.equal(taken.exit, 3);
  });

  it("ends as the delivery does if that fails, and with exit code 3 if nothing comes back", async () => {
    const manor = new FakeManor();
    manor.result = failure("no_estate", 'no estate "bta" is known');
    const wrong = await runInMemory(["ask", "bta//x"], { manor });
    assert.deepEqual([wrong.exit, wrong.err], [
      2,
      'raet: no estate "bta" is known; did you mean beta\n',
    ]);
    manor.result = { status: "delivered" };
    const silent = await runInMemory(["ask", "beta//x", "--timeout", "0.05", "--json"], { manor });
    assert.equal(silent.exit, 3);
    assert.deepEqual(JSON.parse(silent.out).error, {
      code: "no_answer",
      message: "beta//x has the request, but no answer came within 0.05 s",
    });
  });
});
