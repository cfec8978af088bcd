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
import { NoteKeeper, PacketNotes } from "../../src/road/packet_notes.ts";
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
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyStyle, anyCoat, fc.boolean(), fc.boolean()), { maxLength: KEPT_MAX }),
        (packets) => {
          const keeper = new NoteKeeper();
          const notes = new PacketNotes();
          const made = packets.flatMap(([head, coat, signed, out], i) => {
            if (headLength(head, signed) > 255) return [];
            const bytes = packPacket(head, coat, signed ? signer : null);
            keeper.add(notes, bytes, out, i);
            return [{
              ms: i,
              out,
              bytes: bytes.length,
              head: bytes.slice(0, headLength(head, signed)),
            }];
          });
          assert.deepEqual(
            notes.list().map(({ ms, out, bytes, head }) => ({ ms, out, bytes, head })),
            made,
          );
          assert.equal(notes.leftOut, 0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("keep the first and the last ones of many, in order, and count the middle", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 5 * KEPT_MAX }), (count) => {
      const notes = noted(new NoteKeeper(), count);
      const all = Array.from({ length: count }, (_, i) => i);
      const kept = count <= KEPT_MAX
        ? all
        : [...all.slice(0, PACKETS_NOTED_FIRST), ...all.slice(-PACKETS_NOTED_LAST)];
      assert.deepEqual(notes.list().map(({ ms }) => ms), kept);
      assert.equal(notes.leftOut, count - kept.length);
    }));
  });

  it("are given up where those of all open transactions would take too much", () => {
    const keeper = new NoteKeeper();
    const open: PacketNotes[] = [];
    while (open.at(-1)?.leftOut !== 1) open.push(noted(keeper, 1));
    const held = open.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    assert.ok(held >= NOTES_OPEN_BYTES_MAX && held < NOTES_OPEN_BYTES_MAX + 1000, `${held}`);
    for (const notes of open) keeper.release(notes);
    assert.equal(noted(keeper, 1).leftOut, 0);
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
    assert.deepEqual([asked[0].outcome, asked[0].ours], ["alive", true]);
    assert.deepEqual([answered[0].outcome, answered[0].ours], ["answered", false]);
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

const BYTES = new TextEncoder().encode("ri RAET\npl 0015\nhl 15\n\nbody");

/** Notes of so many packets, at times 0, 1, 2 … */
function noted(keeper: NoteKeeper, count: number): PacketNotes {
  const notes = new PacketNotes();
  for (let i = 0; i < count; i++) keeper.add(notes, BYTES, true, i);
  return notes;
}
