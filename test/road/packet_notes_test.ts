import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes } from "../../src/base/bytes.ts";
import {
  NOTES_OPEN_BYTES_MAX,
  PACKETS_NOTED_FIRST,
  PACKETS_NOTED_LAST,
} from "../../src/base/limits.ts";
import type { TransactionEvent } from "../../src/road/events.ts";
import { NoteKeeper, type PacketNotes } from "../../src/road/packet_notes.ts";
import { headLength } from "../../src/wire/heads.ts";
import { HeadKind } from "../../src/wire/kinds.ts";
import { packPacket } from "../../src/wire/packet.ts";
import { joined } from "../support/road_pair.ts";
import type { SimEstate } from "../support/sim_road.ts";
import { anyHead } from "../support/wire_arbitraries.ts";

const KEPT_MAX = PACKETS_NOTED_FIRST + PACKETS_NOTED_LAST;

describe("the notes of a transaction's packets", () => {
  it("hold the head of each, byte for byte, and nothing that follows it", () => {
    const anyStyle = fc.oneof(anyHead(HeadKind.raet), anyHead(HeadKind.json));
    // Bodies that look like ends of heads, too.
    const anyCoat = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("\n\n", "\r\n\r\n", "\n").map((text) => new TextEncoder().encode(text)),
    );
    const signer = { verifyKey: new Uint8Array(32), sign: () => new Uint8Array(64).fill(7) };
    const anyPacket = fc.tuple(anyStyle, anyCoat, fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: KEPT_MAX }), (packets) => {
        const keeper = new NoteKeeper();
        const notes = keeper.open();
        const made = packets.flatMap(([head, coat, signed, out], i) => {
          if (headLength(head, signed) > 255) return [];
          const datagram = packPacket(head, coat, signed ? signer : null);
          keeper.add(notes, datagram, out, i / 3);
          const written = datagram.slice(0, headLength(head, signed));
          return [{ ms: i / 3, out, bytes: datagram.length, head: written }];
        });
        assert.deepEqual(notes.list(), made);
      }),
      { numRuns: 50 },
    );
  });

  it("keep the first and the last ones of many, in order", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 5 * KEPT_MAX }), (count) => {
      const keeper = new NoteKeeper();
      const notes = keeper.open();
      for (let i = 0; i < count; i++) keeper.add(notes, BYTES, true, i);
      const all = Array.from({ length: count }, (_, i) => i);
      const kept = count <= KEPT_MAX
        ? all
        : [...all.slice(0, PACKETS_NOTED_FIRST), ...all.slice(-PACKETS_NOTED_LAST)];
      assert.deepEqual(notes.list().map(({ ms }) => ms), kept);
      assert.equal(notes.count, count);
    }));
  });

  it("of many transactions overwrite the oldest, and are never mixed up", () => {
    const anyTurns = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 400 });
    fc.assert(fc.property(anyTurns, fc.integer({ min: 600, max: 4000 }), (turns, ringBytes) => {
      const keeper = new NoteKeeper(ringBytes);
      const all = Array.from({ length: 10 }, () => keeper.open());
      turns.forEach((turn, i) => keeper.add(all[turn], BYTES, turn % 2 === 0, i));
      const left = all.flatMap((notes, turn) => {
        const own = turns.flatMap((other, i) => other === turn ? [i] : []);
        const list = notes.list();
        assert.deepEqual(list.map(({ ms }) => ms), own.slice(own.length - list.length));
        for (const note of list) assert.equal(note.out, turn % 2 === 0);
        return list.map(({ ms }) => ms);
      }).sort((a, b) => a - b);
      const newest = turns.map((_, i) => i).slice(turns.length - left.length);
      assert.deepEqual(left, newest, "what is left is the newest of all");
      const room = Math.floor((ringBytes - 2 * 275) / 47) - 1;
      assert.ok(left.length >= Math.min(turns.length, room), `${left.length} of ${turns.length}`);
    }));
  });

  it("leave the last packets out where open transactions with many would take too much", () => {
    const keeper = new NoteKeeper();
    const open: PacketNotes[] = [];
    const long = () => {
      const notes = keeper.open();
      for (let i = 0; i <= PACKETS_NOTED_FIRST; i++) keeper.add(notes, BYTES, true, i);
      return notes;
    };
    do open.push(long()); while (open.at(-1)!.heldBytes > 0);
    const held = open.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    assert.ok(held > NOTES_OPEN_BYTES_MAX - 20_000 && held <= NOTES_OPEN_BYTES_MAX, `${held}`);
    for (const notes of open) keeper.release(notes);
    assert.ok(long().heldBytes > 0);
  });
});

describe("the end of a transaction", () => {
  it("brings its packets on both sides, and which message it carried", () => {
    const [world, alpha, beta] = joined({}, {});
    for (const estate of [alpha, beta]) estate.up.tune({ trace: true });
    const handle = beta.send({ secret: "not to be kept" }, "alpha");
    const long = beta.send({ data: "x".repeat(5000) }, "alpha");
    world.run(1000);
    const [sent, received] = [ended(beta), ended(alpha)];
    assert.deepEqual(sent.map((step) => step.handle), [handle, long]);
    assert.deepEqual(received.map((step) => step.handle), [0, 0]);
    sent.forEach((step, i) => {
      const [out, back] = [step.notes!.list(), received[i].notes!.list()];
      assert.equal(out.length, step.packets);
      assert.deepEqual(out.map(({ head }) => head), back.map(({ head }) => head));
      assert.deepEqual(out.map((note) => note.out), back.map((note) => !note.out));
      assert.deepEqual(step.address, alpha.address);
    });
    const kept = concatBytes(
      ...[...sent, ...received].flatMap(({ notes }) => notes!.list().map(({ head }) => head)),
    );
    assert.doesNotMatch(String.fromCharCode(...kept), /secret|xxx/);
    const ids = alpha.events.flatMap((event) =>
      event.type === "message" ? [event.transaction] : []
    );
    assert.deepEqual(ids.slice(-2), received.map(({ id }) => id));
  });

  it("of an alive that was answered is told by both sides", () => {
    const [world, alpha, beta] = joined({}, {});
    for (const estate of [alpha, beta]) estate.up.tune({ trace: true });
    beta.up.begin("alive", "alpha", world.now);
    world.collect();
    world.run(500);
    const [asked, answered] = [ended(beta), ended(alpha)];
    assert.deepEqual([asked[0].outcome, asked[0].ours], ["done", true]);
    assert.deepEqual([answered[0].outcome, answered[0].ours], ["done", false]);
    const heads = ({ notes }: TransactionEvent) => notes!.list().map(({ head }) => head);
    assert.deepEqual(heads(asked[0]).length, 2);
    assert.deepEqual(heads(asked[0]), heads(answered[0]));
  });
});

function ended(estate: SimEstate): TransactionEvent[] {
  return estate.events.flatMap((event) =>
    event.type === "transaction" && event.phase === "ended" ? [event] : []
  );
}

const BYTES = new TextEncoder().encode("ri RAET\npl 001f\nhl 1b\n\nbody");
