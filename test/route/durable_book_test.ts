import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { DurableBook } from "../../src/route/durable/book.ts";
import { MemoryDurableStore } from "../support/memory_durable_store.ts";

describe("what follows from a message that is on disk", () => {
  for (const isOnDisk of [true, false]) {
    const when = isOnDisk ? "is on disk" : "could not be written down";
    it(`comes about though that of another is a fault of ours, which is not hushed up (one that ${when})`, () => {
      const store = new MemoryDurableStore();
      store.broken = !isOnDisk;
      const book = new DurableBook(store);
      const done: number[] = [];
      const follow = (n: number, fault?: Error) => () => {
        done.push(n);
        if (fault) throw fault;
      };
      const follows = [
        follow(1, new RaetError("internal", "the disk can't be read")),
        follow(2, new TypeError("a fault of ours")),
        follow(3),
      ];
      for (const then of follows) {
        const changes = [{ is: "prune", before: 0 }] as const;
        book.stage({ changes, then, otherwise: then });
      }
      assert.throws(() => book.commit(0), TypeError);
      assert.deepEqual(done, [1, 2, 3]);
      assert.equal(book.pending, false);
    });
  }
});
