import { describe, it } from "node:test";
import assert from "node:assert/strict";
import {
  PACKETS_NOTED_FIRST,
  TRACE_ANSWER_BYTES_MAX,
  TRACE_BYTES_MAX,
  TRACE_ROWS_MAX,
  TRANSACTIONS_REMEMBERED_MAX,
} from "../../src/base/limits.ts";
import { CARRIES_NOTHING, History } from "../../src/manor/history.ts";
import { NoteKeeper } from "../../src/road/packet_notes.ts";
import type { TransactionEvent, TransactionView } from "../../src/road/events.ts";

const DATAGRAM = new TextEncoder().encode("ri RAET\npl 001e\nhl 1d\nfg 00\n\nb");

describe("the history of a manor's road", () => {
  it("keeps the last transactions, the oldest forgotten first", () => {
    const history = new History(owner());
    const count = TRANSACTIONS_REMEMBERED_MAX + 50;
    for (let id = 1; id <= count; id++) history.note(ended(id));
    const ids = history.rows().map(({ id }) => id);
    assert.equal(ids.length, TRANSACTIONS_REMEMBERED_MAX);
    assert.deepEqual([ids[0], ids.at(-1)], [51, count]);
    assert.equal(history.detail(50), undefined);
    assert.equal(history.detail(51)!.id, 51);
  });

  it("keeps no more than its bytes of long ones", () => {
    const history = new History(owner());
    const keeper = new NoteKeeper();
    let id = 0;
    const note = () => {
      const notes = keeper.open();
      for (let i = 0; i <= PACKETS_NOTED_FIRST; i++) keeper.add(notes, DATAGRAM, true, i);
      keeper.release(notes);
      history.note({ ...ended(++id), notes });
      return notes.heldBytes;
    };
    const each = note();
    while (id < 2 * TRACE_BYTES_MAX / each) note();
    assert.equal(history.rows().length, Math.floor(TRACE_BYTES_MAX / each));
  });

  it("gives what came after an id, in bounded answers", () => {
    const history = new History(owner());
    for (let id = 1; id <= TRACE_ROWS_MAX + 20; id++) history.note(ended(id));
    assert.equal(history.details(0, 5000).length, TRACE_ROWS_MAX);
    assert.deepEqual(history.details(10, 3).map(({ id }) => id), [11, 12, 13]);
    assert.deepEqual(history.details(TRACE_ROWS_MAX + 20, 3), []);
    const long = new History(owner());
    const keeper = new NoteKeeper();
    for (let id = 1; id <= 100; id++) {
      const notes = keeper.open();
      for (let i = 0; i < 2 * PACKETS_NOTED_FIRST; i++) keeper.add(notes, DATAGRAM, true, i);
      long.note({ ...ended(id), notes });
    }
    const rows = long.details(0, 100);
    assert.ok(rows.length > 10 && rows.length < 100, `${rows.length}`);
    assert.ok(rows.length * 128 * 100 < TRACE_ANSWER_BYTES_MAX);
  });

  it("shows what is open with what has ended, in the order of their ids", () => {
    const open = { ...ended(2), stage: "waits" } as unknown as TransactionView;
    const history = new History({ ...owner(), now: () => 5000, open: () => [open] });
    for (const id of [1, 3]) history.note(ended(id));
    assert.deepEqual(history.rows().map(({ id, state }) => [id, state]), [
      [1, "ended"],
      [2, "open"],
      [3, "ended"],
    ]);
    assert.equal(history.detail(2)!.beganAt, 5000 - open.ms);
  });

  it("puts the ids of messages beside their transactions, of each way", () => {
    const history = new History({
      ...owner(),
      carriedBy: (handle) => ({ messageId: handle === 7 ? "ours" : "", isReceipt: false }),
    });
    history.noteMessage(1, { messageId: "theirs", isReceipt: false });
    history.note(ended(1));
    history.note({ ...ended(2), handle: 7 });
    history.note({ ...ended(3), handle: 8 });
    history.note(ended(4));
    const ids = history.details(0, 10).map(({ messageId }) => messageId);
    assert.deepEqual(ids, ["theirs", "ours", "", ""]);
  });

  it("tells receipts from messages, of each way", () => {
    const history = new History({
      ...owner(),
      carriedBy: (handle) => ({ messageId: "", isReceipt: handle === 7 }),
    });
    history.noteMessage(1, { messageId: "", isReceipt: true });
    history.note(ended(1));
    history.note({ ...ended(2), handle: 7 });
    history.note({ ...ended(3), handle: 8 });
    assert.deepEqual(history.rows().map(({ kind }) => kind), ["receipt", "receipt", "message"]);
    assert.equal(history.view({ ...ended(4), phase: "redo", handle: 7 }).kind, "receipt");
  });
});

function owner() {
  return {
    wallTime: (now: number) => now,
    now: () => 0,
    open: () => [],
    carriedBy: () => CARRIES_NOTHING,
  };
}

function ended(id: number): TransactionEvent {
  return {
    type: "transaction",
    phase: "ended",
    id,
    kind: "message",
    ours: true,
    estate: "beta",
    address: { host: "127.0.0.1", port: 7530 },
    handle: 0,
    packets: 2,
    bytes: 400,
    redos: 0,
    ms: 10,
    notes: null,
    at: 1000,
    why: "",
    outcome: "done",
  };
}
