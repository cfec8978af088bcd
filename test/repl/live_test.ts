import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventLine, isShown, LiveLines } from "../../repl/live.ts";
import { drawLine } from "../../src/cli/text.ts";
import type { TransactionView, WatchEvent } from "../../src/route/control.ts";

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
};
const transaction = (
  event: "began" | "redo" | "ended",
  more: Partial<TransactionView> = {},
): WatchEvent => ({ topic: "transactions", at: 0, event, transaction: { ...view, ...more } });
const textOf = (event: WatchEvent) => drawLine(eventLine(event), false).replace(/^\S+ /, "");

describe("live lines", () => {
  it("tell the life of a transaction", () => {
    assert.equal(textOf(transaction("began")), "#12 message to beta began");
    assert.equal(
      textOf(transaction("redo", { redos: 2, ms: 300, ours: false })),
      "#12 message from beta redo 2, 300 ms old",
    );
    assert.equal(
      textOf(transaction("ended", { outcome: "acknowledged", redos: 1 })),
      "#12 message to beta ended acknowledged (2 packets, 512 B, 1.3 ms, 1 redos)",
    );
  });

  it("tell presence and what was left out, and obey no control character", () => {
    assert.equal(
      textOf({ topic: "presence", at: 0, event: "lost", estate: "b\x1b[2J", message: "silent" }),
      "b\\x1b[2J lost: silent",
    );
    assert.equal(
      textOf({ topic: "transactions", at: 0, event: "left_out", count: 7 }),
      "7 more events are left out",
    );
  });

  it("leave out alives that go well, if not asked for all", () => {
    const alive = transaction("ended", { kind: "alive" });
    assert.deepEqual(["on", "all", "off"].map((mode) => isShown(alive, mode as "on")), [
      false,
      true,
      false,
    ]);
    assert.ok(isShown(transaction("redo", { kind: "alive", redos: 1 }), "on"));
    assert.ok(isShown(transaction("began"), "on"));
  });

  it("are printed together, and of a flood only the first, with a count of the rest", async () => {
    const printed: [number, number][] = [];
    const live = new LiveLines((events, leftOut) => printed.push([events.length, leftOut]));
    for (let i = 0; i < 500; i++) live.add(transaction("began"));
    live.add({ topic: "transactions", at: 0, event: "left_out", count: 100 });
    assert.deepEqual(printed, []);
    for (let i = 0; i < 200 && printed.length === 0; i++) await sleep(10);
    assert.deepEqual(printed, [[10, 590]]);
    live.flush();
    assert.equal(printed.length, 1);
  });
});
