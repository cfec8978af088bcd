import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { gather } from "../../src/cli/trace/gather.ts";
import { headLines, transactionLines } from "../../src/cli/trace/merged.ts";
import { drawLine } from "../../src/cli/text.ts";
import type { Yard } from "../../src/client/yard.ts";
import type { TransactionDetail } from "../../src/route/control.ts";
import { mergeTraces } from "../../src/trace/merge.ts";
import { traceBoth } from "../support/traces.ts";
import { runInMemory } from "../support/world.ts";

/** A manor's memory that is what it is told to be. */
class Memory {
  rows: TransactionDetail[] = [];

  /** As a yard that asks it. */
  get yard(): Pick<Yard, "control"> {
    const control = (verb: string, args: { after?: number; limit?: number; id?: number }) => {
      if (verb === "trace") {
        const rows = this.rows.filter(({ id }) => id > args.after!).slice(0, args.limit);
        return Promise.resolve({ rows: rows.slice(0, 2) });
      }
      const row = this.rows.find(({ id }) => id === args.id);
      return row ? Promise.resolve(row) : Promise.reject(new RaetError("usage", "forgotten"));
    };
    return { control: control as unknown as Yard["control"] };
  }
}

describe("traces that are merged", () => {
  it("are refused what has no use with them, before anything is read", async () => {
    for (
      const words of [
        ["--out", "merged.jsonl"],
        ["--force"],
        ["--format", "pcapng"],
        ["--follow"],
        ["--estate", "beta"],
        ["--count", "3"],
      ]
    ) {
      const { exit, out, err } = await runInMemory(["trace", "--merge", "a", "b", ...words]);
      assert.deepEqual([exit, out], [1, ""]);
      const why = "expected the two files alone, as it prints to standard output";
      assert.equal(err, `raet: ${words[0]} has no use with --merge: ${why}\n`);
    }
  });
});

describe("what is gathered from a manor", () => {
  it("is all that it remembers, however many answers that takes", async () => {
    const memory = new Memory();
    memory.rows = [1, 2, 3, 5, 8].map((id) => row(id, id === 3 ? "open" : "ended"));
    const batches = [];
    const { signal } = new AbortController();
    for await (const batch of gather(memory.yard, { signal })) batches.push(batch);
    assert.deepEqual(batches.map((batch) => batch.map(({ id }) => id)), [[1, 2, 3, 5, 8]]);
  });

  it("is each transaction once where it is followed, when it has ended", async () => {
    const memory = new Memory();
    memory.rows = [row(1, "ended"), row(2, "open"), row(3, "ended"), row(4, "open")];
    const ending = new AbortController();
    const seen: number[][] = [];
    for await (const batch of gather(memory.yard, { follow: true, signal: ending.signal })) {
      seen.push(batch.map(({ id }) => id));
      // The third is forgotten before it was seen to end.
      if (seen.length === 1) memory.rows = [row(2, "ended"), row(3, "ended"), row(6, "ended")];
      if (seen.length === 3) ending.abort();
    }
    assert.deepEqual(seen, [[1, 3], [2, 6], [], []]);
  });

  it("is counted where it was forgotten before it was read", async () => {
    const memory = new Memory();
    memory.rows = [row(3, "ended"), row(5, "open")];
    const ending = new AbortController();
    let [leftOut, looks] = [0, 0];
    const onLeftOut = (count: number) => void (leftOut += count);
    const { signal } = ending;
    for await (const _batch of gather(memory.yard, { follow: true, onLeftOut, signal })) {
      if (++looks === 3) ending.abort();
      memory.rows = [5, 9, 10, 12].map((id) => row(id, "ended"));
    }
    assert.equal(leftOut, 4);
  });

  it("has what ended just before following ended", async () => {
    const memory = new Memory();
    memory.rows = [row(1, "ended"), row(2, "open")];
    const ending = new AbortController();
    const seen: number[][] = [];
    for await (const batch of gather(memory.yard, { follow: true, signal: ending.signal })) {
      seen.push(batch.map(({ id }) => id));
      memory.rows = [row(1, "ended"), row(2, "ended"), row(3, "ended"), row(4, "open")];
      ending.abort();
    }
    assert.deepEqual(seen, [[1], [2, 3]]);
  });
});

describe("two traces side by side", () => {
  it("have a column for each end, and say what was not seen to arrive", () => {
    let lost = 0;
    const [alpha, beta] = traceBoth({
      weather: { drops: () => lost++ === 0 },
      aheadMs: -250,
    });
    const merged = mergeTraces(alpha, beta);
    assert.equal(
      headLines(merged).map((line) => drawLine(line, false))[0].replace(/\(.*/, ""),
      "the clock of beta is 250.000 ms behind that of alpha, within 0.500 ms ",
    );
    const message = merged.transactions.find(({ kind }) => kind === "message")!;
    const lines = transactionLines(merged, message).map((line) => drawLine(line, false).trimEnd());
    const [title, ...rest] = lines.map((line) => line.replace(/\d+\.\d{3}/g, "T"));
    assert.match(title, /message 0{32} from beta to alpha, session \d+, transaction \d+$/);
    assert.deepEqual(rest.map((line) => line.replace(/ +/g, " ").trim().replace(/\d+ B/, "N B")), [
      "alpha #1: done",
      "beta #1: done, 1 redo",
      "ms alpha beta",
      "T ← message [wait] N B, not seen to arrive",
      "T ← message [wait] N B",
      "T message after T ms ←",
      "T done [correspondent wait] N B →",
      "T → done after T ms",
    ]);
  });
});

function row(id: number, state: "open" | "ended"): TransactionDetail {
  return {
    id,
    kind: "message",
    estate: "beta",
    ours: true,
    state,
    beganAt: id,
    ms: 1,
    packets: 0,
    bytes: 0,
    redos: 0,
    outcome: "",
    why: "",
    address: "127.0.0.1:1",
    sessionId: 1,
    transactionId: id,
    messageId: "",
    packetList: [],
    leftOut: 0,
  };
}
