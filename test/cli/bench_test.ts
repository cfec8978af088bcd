import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Percentiles } from "../../src/cli/bench/percentiles.ts";
import { failure } from "../../src/route/outcome.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { runInMemory } from "../support/world.ts";

const QUICK = ["--for", "0.05", "--flight", "4", "--json"];

describe("raet bench", () => {
  it("measures one at a time, then many at once", async () => {
    const manor = new FakeManor();
    const { exit, out } = await runInMemory(["bench", "beta", "--size", "10", ...QUICK], { manor });
    assert.equal(exit, 0, out);
    const rows = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(rows.map(({ what, flight, size }) => [what, flight, size]), [
      ["send", 1, 10],
      ["send", 4, 10],
    ]);
    for (const row of rows) {
      assert.ok(row.sent > 0 && row.perSecond > 0 && row.failed === 0);
      assert.ok(row.minMs <= row.p50Ms && row.p50Ms <= row.p99Ms && row.p999Ms <= row.maxMs);
    }
    assert.equal((manor.messages[0].payload as Uint8Array).length, 10);
    assert.equal(manor.messages[0].destination.share, "bench");
  });

  it("measures requests with their answers", async () => {
    const manor = new FakeManor();
    manor.reply = ({ payload }) => ({ reply: { status: "answered" }, payload });
    const { out } = await runInMemory(["bench", "", "--ask", "--share", "echo", ...QUICK], {
      manor,
    });
    const [row] = out.split("\n").map((line) => JSON.parse(line || "{}"));
    assert.deepEqual([row.estate, row.what], ["alpha", "ask"]);
    assert.equal(manor.messages[0].destination.share, "echo");
  });

  it("says how to start the far end where there is none", async () => {
    const manor = new FakeManor();
    manor.result = failure("no_share", 'nobody claims share "bench" of estate "beta"');
    const { exit, err } = await runInMemory(["bench", "beta"], { manor });
    assert.equal(exit, 2);
    assert.match(
      err,
      /nobody claims share "bench" of estate "beta"; start raet bench --serve there\n$/,
    );
  });

  it("ends with exit code 7 if some failed", async () => {
    const manor = new FakeManor();
    let n = 0;
    manor.result = () => ++n % 2 === 0 ? failure("queue_full", "full") : { status: "delivered" };
    const { exit } = await runInMemory(["bench", "beta", ...QUICK], { manor });
    assert.equal(exit, 7);
  });

  it("goes on though the first message that counts fails", async () => {
    const manor = new FakeManor();
    // The warm-up ends 200 ms after the first message: from a little before, all fail until one has
    // failed a little after it.
    let began = 0;
    let isOver = false;
    manor.result = () => {
      began ||= performance.now();
      const ms = performance.now() - began;
      if (isOver || ms < 190) return { status: "delivered" };
      isOver = ms >= 205;
      return failure("queue_full", "full");
    };
    const args = ["bench", "beta", ...QUICK, "--for", "0.3"];
    const { exit, out } = await runInMemory(args, { manor });
    assert.equal(exit, 7);
    assert.ok(out.includes('"flight":4'), "both parts were measured");
  });

  it("serves without what only whoever measures can be told", async () => {
    for (const more of [["--ask"], ["--size", "9"], ["--flight", "2"], ["--for", "1"]]) {
      const { exit, err } = await runInMemory(["bench", "--serve", ...more]);
      assert.equal(exit, 1);
      const what = "--serve measures nothing, and ends on ^C";
      assert.equal(err, `raet: ${what}: expected no ${more[0]}\n`);
    }
  });

  it("is refused with what can't be", async () => {
    for (const args of [[], ["a/b"], ["beta", "--serve"], ["beta", "--size", "0"]]) {
      const { exit } = await runInMemory(["bench", ...args], { manor: new FakeManor() });
      assert.equal(exit, 1, args.join(" "));
    }
  });
});

describe("percentiles", () => {
  it("are the times that so many did not exceed", () => {
    const times = new Percentiles();
    for (let n = 1000; n >= 1; n--) times.add(n);
    const parts = [0, 0.001, 0.5, 0.9, 0.99, 0.999, 1];
    assert.deepEqual(parts.map((part) => times.at(part)), [1, 1, 500, 900, 990, 999, 1000]);
    times.clear();
    assert.deepEqual([times.count, times.at(0.5)], [0, 0]);
  });
});
