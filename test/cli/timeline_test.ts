import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawTimeline, latestTransactions } from "../../src/cli/demo/timeline.ts";
import { drawLine } from "../../src/cli/text.ts";
import type { TransactionView, WatchEvent } from "../../src/route/control.ts";

const view = (id: number, beganAt: number, ms: number, ended: boolean): TransactionView => ({
  id,
  kind: "message",
  estate: "beta",
  ours: true,
  state: ended ? "ended" : "open",
  beganAt,
  ms,
  packets: 2,
  bytes: 100,
  redos: 0,
  outcome: ended ? "done" : "",
  why: "",
});
const event = (transaction: TransactionView): WatchEvent => (
  { topic: "transactions", at: 0, event: "began", transaction }
);

describe("the timeline", () => {
  it("takes the last that was said of each transaction, by when it began", () => {
    const events = [
      event(view(2, 500, 0, false)),
      event(view(1, 100, 0, false)),
      event(view(1, 100, 40, true)),
    ];
    assert.deepEqual(latestTransactions(events), [view(1, 100, 40, true), view(2, 500, 0, false)]);
  });

  it("draws a bar for when each ran, within the width of all", () => {
    const lines = drawTimeline([view(1, 1000, 500, true), view(2, 1500, 500, false)])
      .map((line) => drawLine(line, false));
    assert.match(lines[1], new RegExp(`^\\+0\\.000 s  message to beta  █{16} +500 ms`));
    assert.match(
      lines[2],
      new RegExp(`^\\+0\\.500 s  message to beta   {16}█{16}  500 ms .* open$`),
    );
  });

  it("shows one that took no time by a bar of one column", () => {
    const [, line] = drawTimeline([view(1, 1000, 0, true)]).map((line) => drawLine(line, false));
    assert.equal(line.match(/█/g)?.length, 1);
  });
});
