import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Drop } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import { COAT_BYTES_MAX, PACKET_BYTES_MAX } from "../../src/base/limits.ts";
import type { Signer } from "../../src/crypto/port.ts";
import { makeHead } from "../../src/wire/head.ts";
import { Flag } from "../../src/wire/kinds.ts";
import { packPacket, parsePacket } from "../../src/wire/packet.ts";
import { cutMessage, makeMisseds, readMisseds, Reassembly } from "../../src/wire/segments.ts";

const head = makeHead({
  sourceId: 0xffffffff,
  destinationId: 0xffffffff,
  sessionId: 0xffffffff,
  transactionId: 0xffffffff,
  bodyKind: 3,
  coatKind: 1,
});
/** Signs with zeros: what is signed is tested elsewhere. */
const signer: Signer = { verifyKey: new Uint8Array(32), sign: () => new Uint8Array(64) };

function counted(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i * 7 + (i >> 8));
}

describe("a message that is cut", () => {
  it("stays whole as long as it fits one packet", () => {
    const room = PACKET_BYTES_MAX - packPacket(head, new Uint8Array(0), signer).length;
    const whole = cutMessage(head, counted(room), true);
    assert.equal(whole.segmentCount, 1);
    const only = whole.headAt(0, Flag.wait);
    assert.deepEqual(only, { ...head, flags: Flag.wait });
    assert.equal(packPacket(only, whole.coatAt(0), signer).length, PACKET_BYTES_MAX);
    assert.ok(cutMessage(head, counted(room + 1), true).segmentCount > 1);
    assert.equal(cutMessage(head, counted(room + 64), false).segmentCount, 1);
  });

  it("comes back whole, in whatever order its packets come and however often", () => {
    const order = fc.infiniteStream(fc.nat(1_000_000));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30_000 }),
        fc.nat(1),
        order,
        (length, style, chance) => {
          const coat = counted(length);
          const cut = cutMessage({ ...head, headKind: style }, coat, true);
          const datagrams = Array.from(
            { length: cut.segmentCount },
            (_, n) => packPacket(cut.headAt(n, 0), cut.coatAt(n), signer),
          );
          let reassembly: Reassembly | null = null;
          while (datagrams.length > 0) {
            const at = chance.next().value % datagrams.length;
            const packet = parsePacket(datagrams[at]);
            if (packet instanceof Drop) throw new Error(packet.detail);
            const { segmentNumber, segmentCount, messageLength } = packet.head;
            reassembly ??= new Reassembly(segmentCount, messageLength);
            assert.ok(reassembly.fits(packet.head));
            reassembly.add(segmentNumber, packet.coat);
            packet.datagram.fill(0xee, packet.head.segmentNumber ? 200 : 300);
            if (chance.next().value % 4) datagrams.splice(at, 1);
            else assert.equal(reassembly.add(segmentNumber, counted(3)), false);
          }
          assert.deepEqual(reassembly?.join(), coat);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("gives packets that fit, even the longest message with the largest numbers", () => {
    const longest = new Uint8Array(COAT_BYTES_MAX);
    for (const headKind of [0, 1]) {
      const cut = cutMessage({ ...head, headKind }, longest, true);
      assert.ok(cut.segmentCount > 0xffff);
      for (const n of [0, 1, 0xffff, cut.segmentCount - 2, cut.segmentCount - 1]) {
        const datagram = packPacket(cut.headAt(n, 0xff), cut.coatAt(n), signer);
        assert.ok(datagram.length <= PACKET_BYTES_MAX);
        assert.ok(n === cut.segmentCount - 1 || datagram.length > PACKET_BYTES_MAX - 20);
      }
      assert.equal(
        parsePacketCount(packPacket(cut.headAt(5, 0), cut.coatAt(5), signer)),
        cut.segmentCount,
      );
    }
  });

  it("marks its segments, and gives each its number, the count and the whole length", () => {
    const cut = cutMessage(head, counted(5000), true);
    const { segmentNumber, segmentCount, messageLength, flags } = cut.headAt(2, Flag.again);
    assert.deepEqual([segmentNumber, segmentCount, messageLength], [2, cut.segmentCount, 5000]);
    assert.equal(flags, Flag.again | Flag.segmented);
  });

  it("is refused past the longest", () => {
    assert.throws(
      () => cutMessage(head, new Uint8Array(COAT_BYTES_MAX + 1), true),
      (error) => error instanceof RaetError && error.code === "too_large",
    );
  });
});

function parsePacketCount(datagram: Uint8Array): number {
  const packet = parsePacket(datagram);
  if (packet instanceof Drop) throw new Error(packet.detail);
  return packet.head.segmentCount;
}

describe("a message that is put together", () => {
  it("tells what is missing below a number, lowest first and not too much", () => {
    const reassembly = new Reassembly(1000, 100_000);
    for (const n of [0, 1, 3, 6]) reassembly.add(n, counted(10));
    assert.equal(reassembly.highest, 6);
    assert.deepEqual(reassembly.missing(6), [2, 4, 5]);
    assert.deepEqual(reassembly.missing(5), [2, 4]);
    assert.deepEqual(reassembly.missing(2), []);
    assert.deepEqual(reassembly.missing(1000, 4), [2, 4, 5, 7]);
    assert.equal(reassembly.missing(5000).length, 64);
    assert.equal(reassembly.bytes, 40);
    assert.ok(reassembly.heldBytes > 40);
    assert.ok(!reassembly.complete);
  });

  it("has nothing to begin with", () => {
    const reassembly = new Reassembly(5, 100);
    assert.deepEqual([reassembly.highest, reassembly.bytes, reassembly.complete], [-1, 0, false]);
    assert.deepEqual(reassembly.missing(5), [0, 1, 2, 3, 4]);
  });

  it("keeps the first of two segments with one number", () => {
    const reassembly = new Reassembly(2, 4);
    assert.equal(reassembly.add(0, Uint8Array.of(1, 2)), true);
    assert.equal(reassembly.add(0, Uint8Array.of(8, 9)), false);
    assert.equal(reassembly.add(1, Uint8Array.of(3, 4)), true);
    assert.deepEqual(reassembly.join(), Uint8Array.of(1, 2, 3, 4));
  });

  it("drops a number out of range and more bytes than announced", () => {
    const reassembly = new Reassembly(3, 10);
    for (const n of [-1, 3, NaN, 0xffffffff]) {
      assert.ok(reassembly.add(n, counted(1)) instanceof Drop, `${n}`);
    }
    assert.ok(reassembly.add(0, counted(11)) instanceof Drop);
    assert.equal(reassembly.add(0, counted(10)), true);
    assert.ok(reassembly.add(1, counted(1)) instanceof Drop);
  });

  it("is dropped if its length is not the announced one", () => {
    const reassembly = new Reassembly(2, 10);
    reassembly.add(0, counted(3));
    reassembly.add(1, counted(3));
    assert.ok(reassembly.complete);
    const coat = reassembly.join();
    assert.equal(coat instanceof Drop && coat.reason, "bad_segment");
  });

  it("of one packet may leave its length out", () => {
    const reassembly = new Reassembly(1, 0);
    assert.equal(reassembly.add(0, counted(5)), true);
    assert.deepEqual(reassembly.join(), counted(5));
  });

  it("costs nothing for what was only announced", () => {
    const before = performance.now();
    for (let i = 0; i < 10_000; i++) {
      new Reassembly(67_000_000, 67_107_840).add(66_999_999, counted(1));
    }
    assert.ok(performance.now() - before < 5000);
  });
});

describe("a resend's body", () => {
  it("names the missing segments", () => {
    assert.deepEqual(makeMisseds([2, 5]), { misseds: [2, 5] });
    assert.deepEqual(readMisseds({ misseds: [2, 5], more: 1 }, 6), [2, 5]);
    assert.deepEqual(readMisseds({ misseds: [] }, 6), []);
  });

  it("is dropped if it names anything else", () => {
    for (const misseds of [null, 5, "2", { 0: 1 }, [6], [-1], ["1"], [1.5], [[1]], [null]]) {
      assert.ok(readMisseds({ misseds }, 6) instanceof Drop, JSON.stringify(misseds));
    }
    assert.ok(readMisseds({}, 6) instanceof Drop);
  });

  it("is read up to 64 numbers", () => {
    const misseds = Array.from({ length: 100 }, (_, n) => n);
    assert.deepEqual(readMisseds({ misseds }, 100), misseds.slice(0, 64));
  });
});
