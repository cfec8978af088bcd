import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Timer, Timers } from "../../src/road/timers.ts";

describe("timers", () => {
  it("call what is due, soonest first, and say when the next one is", () => {
    const timers = new Timers();
    const called: number[] = [];
    for (const at of [30, 10, 20]) timers.set(new Timer(() => called.push(at)), at);
    assert.equal(timers.next, 10);
    timers.run(20);
    assert.deepEqual(called, [10, 20]);
    assert.equal(timers.next, 30);
  });

  it("have no next one when none is set", () => {
    const timers = new Timers();
    const timer = new Timer(() => {});
    timers.set(timer, 5);
    timers.set(timer, Infinity);
    assert.equal(timers.next, Infinity);
  });

  it("let one that sets itself at once be called again by a later call only", () => {
    const timers = new Timers();
    let calls = 0;
    const timer: Timer = new Timer(() => {
      calls++;
      timers.set(timer, 0);
    });
    timers.set(timer, 0);
    timers.run(10);
    assert.equal(calls, 1);
    timers.run(11);
    assert.equal(calls, 2);
  });

  it("keep their order through any setting, moving and clearing", () => {
    const step = fc.tuple(fc.nat(9), fc.option(fc.nat(100), { nil: null }));
    fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const timers = new Timers();
      const due = new Map<number, number>();
      const called: number[] = [];
      const all = Array.from({ length: 10 }, (_, i) => new Timer(() => called.push(i)));
      for (const [i, at] of steps) {
        if (at === null) {
          timers.clear(all[i]);
          due.delete(i);
        } else {
          timers.set(all[i], at);
          due.set(i, at);
        }
        assert.equal(timers.next, Math.min(Infinity, ...due.values()));
      }
      timers.run(50);
      const expected = [...due].filter(([, at]) => at <= 50).map(([, at]) => at).sort((a, b) =>
        a - b
      );
      assert.deepEqual(called.map((i) => due.get(i)), expected);
    }));
  });
});
