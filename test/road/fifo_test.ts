import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Fifo } from "../../src/road/fifo.ts";
import { heapBytes } from "../support/heap.ts";

describe("a first in, first out queue", () => {
  it("gives what it was given in that order, also while more comes", () => {
    const queue = new Fifo<number>();
    const taken: number[] = [];
    for (let i = 0; i < 1000; i++) {
      queue.push(i);
      if (i % 3 !== 0) taken.push(queue.shift()!);
      assert.equal(queue.first, taken.length <= i ? taken.length : undefined);
      assert.equal(queue.length, i + 1 - taken.length);
    }
    taken.push(...queue.drain());
    assert.deepEqual(taken, Array.from({ length: 1000 }, (_, i) => i));
    assert.deepEqual([queue.length, queue.first, queue.shift()], [0, undefined, undefined]);
  });

  it("holds nothing of what was taken", () => {
    const queue = new Fifo<number[]>();
    const before = heapBytes();
    for (let i = 0; i < 50; i++) queue.push(Array.from({ length: 50_000 }, () => i + 0.5));
    const full = heapBytes() - before;
    for (let i = 0; i < 49; i++) queue.shift();
    const left = heapBytes() - before;
    assert.ok(left < full / 10, `${left} bytes of ${full}, for one of fifty`);
    assert.equal(queue.first?.[0], 49.5);
  });
});
