import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { leftOutText, type LiveBatch, LiveLines } from "../../repl/live.ts";
import { LIVE_LINES_AT_ONCE_MAX, LIVE_LINES_PER_SECOND_MAX } from "../../src/base/limits.ts";

const line = (kind = "began") => ({ kind, draw: () => kind, record: {} });

describe("live lines", () => {
  it("are printed together after a moment", async () => {
    const printed: LiveBatch[] = [];
    const live = new LiveLines((batch) => printed.push(batch));
    live.add(line());
    live.add(line());
    assert.equal(printed.length, 0);
    for (let i = 0; i < 200 && printed.length === 0; i++) await sleep(10);
    assert.deepEqual(printed.map(({ lines }) => lines.length), [2]);
    live.flush();
    assert.equal(printed.length, 1);
  });

  it("of a flood are the first ones, with a count of the rest", () => {
    const printed: LiveBatch[] = [];
    const live = new LiveLines((batch) => printed.push(batch));
    for (let i = 0; i < 500; i++) live.add(line(i % 5 === 0 ? "ended" : "began"));
    live.leaveOut("transactions", 100);
    live.flush();
    assert.equal(printed[0].lines.length, LIVE_LINES_AT_ONCE_MAX);
    const counted = [...printed[0].leftOut.values()].reduce((a, b) => a + b);
    assert.equal(counted, 600 - LIVE_LINES_AT_ONCE_MAX);
    assert.match(
      leftOutText(printed[0].leftOut),
      /^and 590 more: 392 began, 100 transactions, 98 ended$/,
    );
  });

  it("are so many in each second at the most, and each second has its count", async () => {
    const printed: LiveBatch[] = [];
    const live = new LiveLines((batch) => printed.push(batch));
    const began = performance.now();
    let added = 0;
    while (performance.now() - began < 2_300) {
      for (let i = 0; i < 5; i++, added++) live.add(line());
      await sleep(10);
    }
    live.flush();
    const shown = printed.reduce((sum, { lines }) => sum + lines.length, 0);
    const leftOut = printed.reduce((sum, { leftOut }) => sum + (leftOut.get("began") ?? 0), 0);
    assert.equal(shown + leftOut, added, "each is shown or counted");
    assert.ok(shown <= 4 * LIVE_LINES_PER_SECOND_MAX, `${shown}`);
    assert.ok(printed.filter(({ leftOut }) => leftOut.size > 0).length >= 2);
  });
});
