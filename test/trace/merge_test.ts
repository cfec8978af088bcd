import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type MergedEvent, mergeTraces } from "../../src/trace/merge.ts";
import type { Trace } from "../../src/trace/record.ts";
import { idOf, traceBoth } from "../support/traces.ts";

const anyTraffic = fc.record({
  seed: fc.integer({ min: 1, max: 1000 }),
  weather: fc.record({
    latencyMs: fc.double({ min: 0.05, max: 40, noNaN: true }),
    jitterMs: fc.constantFrom(0, 0.2, 3, 30),
    lossShare: fc.constantFrom(0, 0, 0.05, 0.3),
    doubleShare: fc.constantFrom(0, 0, 0.1),
  }),
  sizes: fc.array(fc.constantFrom(10, 100, 900, 5000, 40_000), { minLength: 1, maxLength: 6 }),
  aheadMs: fc.double({ min: -100_000, max: 100_000, noNaN: true }),
});

describe("the traces of two ends", () => {
  it("are one in which every packet is sent before it comes, on clocks as far apart as may be", () => {
    fc.assert(
      fc.property(anyTraffic, (traffic) => {
        const [alpha, beta] = traceBoth(traffic);
        const { clock, transactions, matched, onlyA, onlyB } = mergeTraces(alpha, beta);
        assert.ok(clock.errorMs !== null);
        assert.ok(Math.abs(clock.offsetMs - traffic.aheadMs) <= clock.errorMs + 0.01);
        const { latencyMs, jitterMs, lossShare, doubleShare } = traffic.weather;
        // Where packets are lost or doubled, it may be that none of one way is beyond doubt but a slow one.
        if (lossShare + doubleShare === 0) {
          assert.ok(clock.errorMs <= latencyMs + jitterMs + 0.01, `${clock.errorMs}`);
        }
        assert.equal(matched + onlyA, alpha.transactions.length);
        assert.equal(matched + onlyB, beta.transactions.length);
        for (const { events } of transactions) checkOrder(events, clock.errorMs);
      }),
      { numRuns: 100 },
    );
  });

  it("are matched without the messages' ids, too, as with a classic peer", () => {
    fc.assert(
      fc.property(anyTraffic, (traffic) => {
        const [alpha, beta] = traceBoth(traffic);
        const known = mergeTraces(alpha, beta);
        const bare = mergeTraces(withoutIds(alpha), beta);
        const numbers = ({ transactions }: typeof known) =>
          transactions.map(({ a, b }) => `${a?.id} ${b?.id}`).sort();
        assert.deepEqual(numbers(bare), numbers(known));
      }),
      { numRuns: 30 },
    );
  });

  it("show a message's packets with both its ends, and the messages in order", () => {
    const [alpha, beta] = traceBoth({ sizes: [100, 100, 3000], aheadMs: 12_345 });
    const { transactions, clock } = mergeTraces(alpha, beta);
    const messages = transactions.filter(({ kind }) => kind === "message");
    assert.deepEqual(
      messages.map((
        { from, to, messageId, a, b },
      ) => [from, to, messageId, a?.outcome, b?.outcome]),
      [
        ["beta", "alpha", idOf(0), "done", "done"],
        ["alpha", "beta", idOf(1), "done", "done"],
        ["beta", "alpha", idOf(2), "done", "done"],
      ],
    );
    assert.ok(Math.abs(clock.offsetMs - 12_345) < 0.01, `${clock.offsetMs}`);
    assert.deepEqual(
      messages[0].events.map(({ ms, end, out, kind, other }) => [ms, end, out, kind, other]),
      [
        [0, "b", true, "message", 1],
        [0.5, "a", false, "message", 0],
        [0.5, "a", true, "done", 3],
        [1, "b", false, "done", 2],
      ],
    );
  });

  it("say which packet never came, and pair a redo with the one that did", () => {
    let lost = 0;
    const [alpha, beta] = traceBoth({ weather: { drops: () => lost++ === 0 } });
    const message = mergeTraces(alpha, beta).transactions.find(({ kind }) => kind === "message")!;
    assert.deepEqual(
      message.events.map(({ end, out, kind, other }) => [end, out, kind, other]),
      [
        ["b", true, "message", null],
        ["b", true, "message", 2],
        ["a", false, "message", 1],
        ["a", true, "done", 4],
        ["b", false, "done", 3],
      ],
    );
  });

  it("pair a packet sent several times by the order of both ends where the times mislead", () => {
    const [alpha, beta] = traceBoth({
      seed: 766,
      weather: { latencyMs: 38.19798317524226, jitterMs: 0.2, lossShare: 0.3, doubleShare: 0.1 },
      sizes: [10, 10, 40_000, 10, 40_000, 900],
    });
    const { clock, transactions } = mergeTraces(alpha, beta);
    for (const { events } of transactions) checkOrder(events, clock.errorMs!);
  });

  it("leave what only one end knows, or is with others, by itself", () => {
    const [alpha, beta] = traceBoth({ sizes: [100, 100] });
    const [first] = alpha.transactions;
    const cut: Trace = {
      ...alpha,
      transactions: [{ ...first, id: 99, estate: "gamma", address: "10.0.0.9:7530" }],
    };
    const { matched, onlyA, onlyB, elsewhere, clock, transactions } = mergeTraces(cut, beta);
    assert.deepEqual([matched, onlyA, onlyB, elsewhere], [0, 0, beta.transactions.length, 1]);
    assert.deepEqual(clock, { offsetMs: 0, errorMs: null, there: 0, back: 0 });
    assert.ok(transactions.every(({ a, events }) => a === null && events.length > 0));
  });

  it("do not take two runs of a manor for one, though their numbers are the same", () => {
    const [alpha] = traceBoth({ seed: 1, sizes: [100] });
    const [, beta] = traceBoth({ seed: 2, sizes: [100, 500] });
    const bare = withoutIds(beta);
    const heads = bare.transactions.map((one) => ({
      ...one,
      packetList: one.packetList.map((packet) => ({
        ...packet,
        head: packet.head.map((x) => x ^ 1),
      })),
    }));
    assert.equal(mergeTraces(withoutIds(alpha), { ...bare, transactions: heads }).matched, 0);
  });
});

function checkOrder(events: readonly MergedEvent[], errorMs: number): void {
  events.forEach(({ out, other, ms }, i) => {
    assert.ok(ms >= 0);
    if (other === null) return;
    assert.equal(events[other].other, i, "each names the other");
    assert.equal(events[other].out, !out);
    if (!out) return;
    assert.ok(other > i, "sent before it came");
    assert.ok(events[other].ms >= ms - errorMs - 0.02, "it took no less than no time");
  });
  for (const end of ["a", "b"]) {
    const own = events.filter((event) => event.end === end).map(({ ms }) => ms);
    assert.deepEqual(own, [...own].sort((a, b) => a - b), "its own order is kept");
  }
}

function withoutIds(trace: Trace): Trace {
  return {
    ...trace,
    transactions: trace.transactions.map((one) => ({ ...one, messageId: "" })),
  };
}
