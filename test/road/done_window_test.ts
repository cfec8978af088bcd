import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DONE_WINDOW } from "../../src/base/limits.ts";
import { nextSerial } from "../../src/base/serial.ts";
import { DoneWindow } from "../../src/road/done_window.ts";

describe("the window of ended transactions", () => {
  it("knows how each ended", () => {
    const window = new DoneWindow();
    window.add(of(5), "done");
    window.add(of(3), "nacked");
    assert.deepEqual([window.get(of(5)), window.get(of(4)), window.get(of(3))], [
      "done",
      null,
      "nacked",
    ]);
    assert.equal(window.get(of(6)), null);
  });

  it("takes what is too old to be known for ended", () => {
    const window = new DoneWindow();
    window.add(of(1), "done");
    window.add(of(DONE_WINDOW + 1), "done");
    assert.equal(window.get(of(1)), "nacked");
    assert.equal(window.get(of(2)), null);
  });

  it("doesn't take one for ended because one far older has ended only now", () => {
    const window = new DoneWindow();
    window.add(of(DONE_WINDOW + 4), "done");
    window.add(of(3), "done");
    assert.equal(window.get(of(DONE_WINDOW + 3)), null);
    assert.equal(window.get(of(3)), "nacked");
  });

  it("goes on over the wrap of the ids", () => {
    const window = new DoneWindow();
    window.add(of(0xffffffff), "done");
    window.add(of(1), "done");
    assert.deepEqual([window.get(of(0xffffffff)), window.get(of(1)), window.get(of(2))], [
      "done",
      "done",
      null,
    ]);
  });

  it("never forgets an ended one within its reach, and never makes one up", () => {
    fc.assert(fc.property(
      fc.integer({ min: 1, max: 0xffffffff }),
      fc.array(fc.tuple(fc.integer({ min: -40, max: 60 }), fc.boolean()), { maxLength: 80 }),
      (start, steps) => {
        const window = new DoneWindow();
        const ended = new Map<number, string>();
        let newest = start;
        for (const [step, done] of steps) {
          let id = newest;
          for (let i = 0; i < Math.abs(step); i++) id = step > 0 ? nextSerial(id) : previous(id);
          if (step > 0) newest = id;
          ended.set(id, done ? "done" : "nacked");
          window.add(of(id), done ? "done" : "nacked");
        }
        for (const [id, ending] of ended) assert.equal(window.get(of(id)), ending);
        assert.equal(window.get(of(nextSerial(newest))), null);
      },
    ));
  });

  it("forgets those under a number that the sender is past, which say nothing of those under the next", () => {
    const window = new DoneWindow();
    window.add(of(DONE_WINDOW + 9, 1), "nacked");
    window.add(of(5, 1), "nacked");
    assert.deepEqual([window.get(of(1, 2)), window.get(of(5, 2))], [null, null]);
    window.add(of(1, 2), "done");
    window.add(of(DONE_WINDOW + 9, 1), "nacked");
    assert.deepEqual([window.get(of(1, 2)), window.get(of(2, 2))], ["done", null]);
    assert.equal(window.get(of(5, 1)), null);
  });

  it("remembers nothing after a new session began", () => {
    const window = new DoneWindow();
    window.add(of(7), "done");
    window.clear();
    assert.equal(window.get(of(7)), null);
  });
});

function of(transactionId: number, sessionId = 3) {
  return { sessionId, transactionId };
}

function previous(id: number): number {
  return id <= 1 ? 0xffffffff : id - 1;
}
