import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventLine } from "../../../src/cli/draw/event.ts";
import { drawLine } from "../../../src/cli/text.ts";
import type { TransactionView, WatchEvent } from "../../../src/route/control.ts";

const view: TransactionView = {
  id: 12,
  kind: "message",
  estate: "beta",
  ours: true,
  state: "open",
  beganAt: 0,
  ms: 1.25,
  packets: 2,
  bytes: 512,
  redos: 0,
  outcome: "",
  why: "",
};
const transaction = (
  event: "began" | "redo" | "ended",
  more: Partial<TransactionView> = {},
): WatchEvent => ({ topic: "transactions", at: 0, event, transaction: { ...view, ...more } });
const textOf = (event: WatchEvent) => drawLine(eventLine(event), false).replace(/^\S+ /, "");

describe("events", () => {
  it("tell the life of a transaction", () => {
    assert.equal(textOf(transaction("began")), "#12 message to beta began");
    assert.equal(
      textOf(transaction("redo", { redos: 2, ms: 300, ours: false })),
      "#12 message from beta redo 2, 300 ms old",
    );
    assert.equal(
      textOf(transaction("ended", { outcome: "done", redos: 1 })),
      "#12 message to beta ended done (2 packets, 512 B, 1.3 ms, 1 redo)",
    );
  });

  it("tell messages and drops", () => {
    assert.equal(
      textOf({
        topic: "messages",
        at: 0,
        event: "sent",
        id: "a",
        from: "alpha/p1/inbox",
        to: "beta//jobs",
        type: "run",
      }),
      "sent alpha/p1/inbox to beta//jobs (run)",
    );
    assert.equal(
      textOf({
        topic: "drops",
        at: 0,
        event: "dropped",
        reason: "unsigned",
        from: "x",
        detail: "",
      }),
      "dropped unsigned from x",
    );
  });

  it("tell presence and what was left out, and obey no control character", () => {
    assert.equal(
      textOf({ topic: "presence", at: 0, event: "lost", estate: "b\x1b[2J", message: "silent" }),
      "b\\x1b[2J lost: silent",
    );
    assert.equal(
      textOf({ topic: "transactions", at: 0, event: "left_out", count: 7 }),
      "and 7 more transactions that came too fast",
    );
  });
});
