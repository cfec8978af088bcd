import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { toHex } from "../../src/base/bytes.ts";
import { Drop, type DropReason } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { type Head, makeHead } from "../../src/wire/head.ts";
import { HEAD_SCRATCH_BYTES, parseHead, writeHead } from "../../src/wire/heads.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { type Packet, packPacket, parsePacket, verifyPacket } from "../../src/wire/packet.ts";
import { bytes, readRoad, ROAD_RECORDINGS } from "../support/recordings.ts";

const crypto = await loadCrypto();
const seed = new Uint8Array(32).fill(5);
const signer = crypto.signer(seed);
const verifier = crypto.verifier(signer.verifyKey);
const stranger = crypto.verifier(crypto.signer(new Uint8Array(32).fill(6)).verifyKey);
const NONE = new Uint8Array(0);

/** Fields of a packet with which nothing is wrong. */
const GOOD: Partial<Head> = {
  sourceId: 18,
  destinationId: 2,
  sessionId: 3,
  transactionId: 4,
  packetKind: PacketKind.message,
};

function parsed(datagram: Uint8Array): Packet {
  const packet = parsePacket(datagram);
  assert.ok(!(packet instanceof Drop), JSON.stringify(packet));
  return packet;
}

function reasonOf(fields: Partial<Head>, coat = NONE): DropReason | "parses" {
  const packet = parsePacket(packPacket(makeHead({ ...GOOD, ...fields }), coat, null));
  return packet instanceof Drop ? packet.reason : "parses";
}

describe("every recorded packet", () => {
  for (const name of ROAD_RECORDINGS) {
    it(`of ${name} is read, and is packed and signed to the same bytes`, () => {
      const road = readRoad(name);
      assert.ok(road.datagrams.length > 3);
      for (const datagram of road.datagrams) {
        const keys = road.estates[datagram.from].keys;
        const packet = parsed(bytes(datagram.hex));
        const signed = packet.footLength > 0 ? crypto.signer(bytes(keys.sighex)) : null;
        assert.equal(toHex(packPacket(packet.head, packet.coat, signed)), datagram.hex);
        const isRight = verifyPacket(packet, crypto.verifier(bytes(keys.verhex)));
        assert.equal(isRight, packet.footLength > 0, `packet ${datagram.n}`);
      }
    });
  }
});

describe("a packet", () => {
  const coat = new Uint8Array(100).map((_, i) => i);

  it("is signed over head, coat and an empty foot, and its signature is checked", () => {
    const packet = parsed(packPacket(makeHead(GOOD), coat, signer));
    assert.deepEqual(packet.coat, coat);
    assert.equal(packet.head.footKind, 1);
    assert.ok(verifyPacket(packet, verifier));
    assert.ok(!verifyPacket(packet, stranger));
  });

  it("has a wrong signature once any bit of it is changed", () => {
    const good = packPacket(makeHead(GOOD), coat, signer);
    for (let at = 0; at < good.length; at++) {
      const changed = good.slice();
      changed[at] ^= 1;
      const packet = parsePacket(changed);
      if (!(packet instanceof Drop)) assert.ok(!verifyPacket(packet, verifier), `byte ${at}`);
    }
  });

  it("is left as it came by checking its signature", () => {
    const good = packPacket(makeHead(GOOD), coat, signer);
    const before = good.slice();
    verifyPacket(parsed(good), verifier);
    assert.deepEqual(good, before);
  });

  it("without a foot has no right signature", () => {
    const yes = { verify: () => true };
    assert.ok(!verifyPacket(parsed(packPacket(makeHead(GOOD), coat, null)), yes));
  });

  it("can lie within a larger buffer", () => {
    const good = packPacket(makeHead(GOOD), coat, signer);
    const large = new Uint8Array(2000);
    large.set(good, 77);
    const packet = parsed(large.subarray(77, 77 + good.length));
    assert.deepEqual(packet.coat, coat);
    assert.ok(verifyPacket(packet, verifier));
  });

  it("of 1024 bytes can be sent, and no longer one", () => {
    const head = makeHead({ ...GOOD, bodyKind: 2 });
    const room = 1024 - packPacket(head, NONE, signer).length;
    assert.equal(packPacket(head, new Uint8Array(room), signer).length, 1024);
    assert.throws(
      () => packPacket(head, new Uint8Array(room + 1), signer),
      (error) => error instanceof RaetError && error.code === "too_large",
    );
  });

  it("can't be sent with a head past 255 bytes", () => {
    const most = 0xffffffff;
    const head = makeHead({
      headKind: 1,
      packetKind: most,
      transactionKind: most,
      sourceId: most,
      destinationId: most,
      sessionId: most,
      transactionId: most,
      datetime: 1234567890.125,
      orderIndex: most,
      segmentNumber: most,
      segmentCount: most,
      messageLength: most,
      bodyKind: 3,
    });
    assert.throws(
      () => packPacket(head, NONE, signer),
      (error) => error instanceof RaetError && error.code === "too_large",
    );
  });

  it("of 1026 bytes is taken, as the reference's longest messages have them, and no longer one", () => {
    for (const length of [1026, 1027]) {
      const datagram = new Uint8Array(length);
      const out = new Uint8Array(HEAD_SCRATCH_BYTES);
      const headLength = writeHead(makeHead(GOOD), 0, 0, out);
      writeHead(makeHead(GOOD), length - headLength, 0, out);
      datagram.set(out.subarray(0, headLength));
      const packet = parsePacket(datagram);
      assert.equal(packet instanceof Drop && packet.reason, length > 1026 ? "packet_size" : false);
    }
    assert.equal((parsePacket(NONE) as Drop).reason, "packet_size");
  });

  it("for everybody is not served", () => {
    assert.equal(reasonOf({ flags: Flag.broadcast }), "broadcast");
  });

  it("is dropped if an id is 0 that can't be", () => {
    assert.equal(reasonOf({}), "parses");
    assert.equal(reasonOf({ sourceId: 0 }), "packet_ids");
    assert.equal(reasonOf({ destinationId: 0 }), "packet_ids");
    assert.equal(reasonOf({ sessionId: 0 }), "packet_ids");
    assert.equal(reasonOf({ transactionId: 0 }), "packet_ids");
  });

  it("of a join has no session and always the joiner's number", () => {
    const join: Partial<Head> = {
      transactionKind: TransactionKind.join,
      packetKind: PacketKind.request,
      sessionId: 0,
    };
    assert.equal(reasonOf(join), "parses");
    assert.equal(reasonOf({ ...join, destinationId: 0 }), "parses");
    assert.equal(reasonOf({ ...join, sessionId: 1 }), "packet_ids");
    assert.equal(reasonOf({ ...join, sourceId: 0 }), "packet_ids");
    const response = { ...join, packetKind: PacketKind.response, flags: Flag.correspondent };
    assert.equal(reasonOf({ ...response, sourceId: 0 }), "parses");
    assert.equal(reasonOf({ ...response, destinationId: 0 }), "packet_ids");
  });

  it("is dropped if its kinds are reserved or don't go together", () => {
    assert.equal(reasonOf({ transactionKind: TransactionKind.bind }), "packet_kind");
    assert.equal(reasonOf({ transactionKind: 5 }), "packet_kind");
    assert.equal(reasonOf({ transactionKind: 0xffffffff }), "packet_kind");
    assert.equal(reasonOf({ packetKind: 16 }), "packet_kind");
    // 32 is bit 0 to a shift: the kind of a message.
    assert.equal(reasonOf({ packetKind: 32 }), "packet_kind");
    assert.equal(reasonOf({ packetKind: PacketKind.hello }), "packet_kind");
    const alive = { transactionKind: TransactionKind.alive };
    assert.equal(reasonOf({ ...alive, packetKind: PacketKind.request }), "parses");
    assert.equal(reasonOf({ ...alive, packetKind: PacketKind.message }), "packet_kind");
    assert.equal(reasonOf({ bodyKind: 4 }), "packet_kind");
    assert.equal(reasonOf({ coatKind: 2 }), "packet_kind");
  });

  it("may refuse in every transaction", () => {
    for (const transactionKind of [0, 1, 3, 4]) {
      for (const packetKind of [2, 9, 10, 11, 12, 13]) {
        const sessionId = transactionKind === TransactionKind.join ? 0 : 3;
        assert.equal(reasonOf({ transactionKind, packetKind, sessionId }), "parses");
      }
    }
  });

  it("of a message is dropped if it can't be a segment of what it announces", () => {
    const ten = new Uint8Array(10);
    const segment = { segmentNumber: 1, segmentCount: 3, messageLength: 30 };
    assert.equal(reasonOf(segment, ten), "parses");
    assert.equal(reasonOf({ ...segment, segmentNumber: 3 }, ten), "bad_segment");
    assert.equal(reasonOf({ segmentCount: 0 }, ten), "bad_segment");
    assert.equal(reasonOf({ segmentNumber: 1 }, ten), "bad_segment");
    assert.equal(reasonOf({ ...segment, messageLength: 10 }, ten), "bad_segment");
    assert.equal(reasonOf({ ...segment, messageLength: 0 }, ten), "bad_segment");
    assert.equal(reasonOf({ ...segment, messageLength: 67_107_841 }, ten), "bad_segment");
    assert.equal(reasonOf({ ...segment, segmentCount: 31 }, ten), "bad_segment");
    assert.equal(reasonOf(segment, NONE), "bad_segment");
    assert.equal(reasonOf({ messageLength: 10 }, ten), "parses");
    assert.equal(reasonOf({ messageLength: 9 }, ten), "bad_segment");
  });

  it("that acknowledges may name any segment", () => {
    assert.equal(reasonOf({ packetKind: PacketKind.ack, segmentNumber: 77 }), "parses");
  });

  it("never makes the reader throw, mangled as it may be", () => {
    const some = readRoad("message_small").datagrams.map((datagram) => bytes(datagram.hex));
    fc.assert(
      fc.property(
        fc.constantFrom(...some),
        fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { maxLength: 4 }),
        fc.nat(1023),
        (datagram, changes, cut) => {
          const mangled = datagram.slice(0, cut);
          for (const [at, byte] of changes) if (at < mangled.length) mangled[at] = byte;
          assert.ok(parsePacket(mangled));
          assert.ok(parseHead(mangled));
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1100 }), (noise) => {
      assert.ok(parsePacket(noise) instanceof Drop);
    }));
  });
});
