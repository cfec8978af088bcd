import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Delivery } from "../../src/client/delivery.ts";
import { endOfDurable } from "../../src/cli/send/durable.ts";

/** A signal that counts who listens to it. */
class CountedSignal {
  listeners = 0;
  readonly controller = new AbortController();
  readonly signal: AbortSignal;

  constructor() {
    const { signal } = this.controller;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners++;
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners--;
      remove.apply(signal, args);
    };
    this.signal = signal;
  }
}

describe("sending a durable message by command", () => {
  it("leaves nothing at the command's signal once it has ended, however many follow", async () => {
    const counted = new CountedSignal();
    for (let n = 0; n < 3; n++) {
      const delivery = new Delivery(String(n).repeat(32), 0);
      const end = endOfDurable(delivery, 60_000, counted.signal);
      delivery.tell("stored");
      delivery.settle({ status: "delivered" }, 1);
      assert.equal((await end).status, "delivered");
    }
    assert.equal(counted.listeners, 0);
  });

  it("ends as stored when the command does, or as unknown before it was", async () => {
    const { controller, signal } = new CountedSignal();
    const [stored, open] = ["a", "b"].map((id) => new Delivery(id.repeat(32), 0));
    stored.tell("stored");
    const ends = [stored, open].map((delivery) => endOfDurable(delivery, 60_000, signal));
    await Promise.resolve();
    controller.abort();
    assert.deepEqual((await Promise.all(ends)).map(({ status }) => status), [
      "stored",
      "outcome_unknown",
    ]);
  });
});
