import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unpack as unpackMsgpack } from "msgpackr/pack";
import { fromUtf8, toHex } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Body } from "../../src/base/value.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { openCoat, sealCoat } from "../../src/wire/coat.ts";
import type { Head } from "../../src/wire/head.ts";
import { BodyKind, CoatKind, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { type Packet, packPacket, parsePacket } from "../../src/wire/packet.ts";
import { cutMessage, makeMisseds, readMisseds, Reassembly } from "../../src/wire/segments.ts";
import {
  bytes,
  readRoad,
  type RecordedBody,
  type RecordedMessage,
  reviveBytes,
  ROAD_RECORDINGS,
  type RoadRecording,
  scriptedRandom,
  sessionBox,
} from "../support/recordings.ts";

const crypto = await loadCrypto();

function parsed(hex: string): Packet {
  const packet = parsePacket(bytes(hex));
  assert.ok(!(packet instanceof Drop), JSON.stringify(packet));
  return packet;
}

function kindOf(body: RecordedBody): number {
  return BodyKind[body.kind];
}

/** What a recorded body holds; long ones were recorded only as they were packed. */
function valueOf(body: RecordedBody): Body {
  if (body.data !== undefined) return reviveBytes(body.data) as Body;
  return body.hex ? unpackMsgpack(bytes(body.hex)) as Body : JSON.parse(body.text!) as Body;
}

/** The packed bytes of a recorded body. */
function packedOf(body: RecordedBody): string {
  return body.hex ?? toHex(new TextEncoder().encode(body.text));
}

/** The packets of a recorded message, by segment number: the first sending of each. */
function packetsOf(road: RoadRecording, message: RecordedMessage): Map<number, string> {
  const packets = new Map<number, string>();
  for (const { from, hex } of road.datagrams) {
    if (from !== message.from) continue;
    const { transactionKind, packetKind, sessionId, transactionId, segmentNumber } =
      parsed(hex).head;
    if (
      transactionKind === TransactionKind.message && packetKind === PacketKind.message &&
      sessionId === message.si && transactionId === message.ti && !packets.has(segmentNumber)
    ) {
      packets.set(segmentNumber, hex);
    }
  }
  return packets;
}

const recordings = ROAD_RECORDINGS.map((name) => ({ name, road: readRoad(name) }));

describe("the recorded messages", () => {
  for (const { name, road } of recordings) {
    for (const message of road.messages ?? []) {
      const what = `${message.ti} of ${message.from} in ${name}, ${message.segments} segments`;

      it(`are put together and opened: ${what}`, () => {
        const packets = [...packetsOf(road, message).values()].map(parsed);
        assert.equal(packets.length, message.segments);
        const { segmentCount, messageLength } = packets[0].head;
        assert.equal(messageLength, message.ml);
        const reassembly = new Reassembly(segmentCount, messageLength);
        for (const { head, coat } of packets.reverse()) reassembly.add(head.segmentNumber, coat);
        const coat = reassembly.join();
        assert.ok(!(coat instanceof Drop));
        const plain = openCoat(coat, sessionBox(crypto, road, message.session ?? 0, message.to));
        assert.equal(plain && toHex(plain), packedOf(message.body));
        const body = unpackBody(kindOf(message.body), plain!);
        assert.deepEqual(body, valueOf(message.body));
      });

      it(`are packed, sealed, cut and signed to the same bytes: ${what}`, () => {
        const recorded = packetsOf(road, message);
        const packed = packBody(kindOf(message.body), valueOf(message.body));
        assertPacked(kindOf(message.body), packed, packedOf(message.body));
        const plain = bytes(packedOf(message.body));
        const box = sessionBox(crypto, road, message.session ?? 0, message.from);
        const coat = sealCoat(plain, box, scriptedRandom(bytes(message.nonce ?? "")));
        const shared: Head = {
          ...parsed(recorded.get(0)!).head,
          segmentNumber: 0,
          segmentCount: 1,
          messageLength: 0,
        };
        const cut = cutMessage(shared, coat, true);
        assert.equal(cut.segmentCount, message.segments);
        const signer = crypto.signer(bytes(road.estates[message.from].keys.sighex));
        for (const [number, hex] of recorded) {
          const head = cut.headAt(number, parsed(hex).head.flags);
          assert.equal(toHex(packPacket(head, cut.coatAt(number), signer)), hex);
        }
      });
    }
  }

  it("are many, long ones and short ones", () => {
    const all = recordings.flatMap(({ road }) => road.messages ?? []);
    assert.ok(all.length >= 20);
    assert.ok(all.some(({ segments }) => segments > 100));
  });
});

describe("all other recorded bodies", () => {
  for (const { name, road } of recordings) {
    it(`of ${name} are opened, read and packed to the same bytes`, () => {
      for (const datagram of road.datagrams) {
        const { body, coat: recorded } = datagram;
        if (!body || body.kind === "raw" || body.data === undefined) continue;
        const { head, coat } = parsed(datagram.hex);
        let plain: Uint8Array | null = coat;
        if (head.coatKind === CoatKind.nacl && coat.length > 0) {
          assert.ok(recorded?.session !== undefined && recorded.nonce);
          plain = openCoat(coat, sessionBox(crypto, road, recorded.session, datagram.to));
          const box = sessionBox(crypto, road, recorded.session, datagram.from);
          const again = sealCoat(plain!, box, scriptedRandom(bytes(recorded.nonce)));
          assert.deepEqual(again, coat);
        }
        assert.equal(plain && toHex(plain), packedOf(body));
        const value = unpackBody(head.bodyKind, plain!);
        assert.ok(!(value instanceof Drop));
        assert.deepEqual(value, reviveBytes(body.data));
        assertPacked(head.bodyKind, packBody(head.bodyKind, value), packedOf(body));
        if (datagram.packet === "resend") {
          const numbers = readMisseds(value, 1000);
          assert.ok(!(numbers instanceof Drop) && numbers.length > 0);
          assert.equal(fromUtf8(packBody(BodyKind.json, makeMisseds(numbers))), body.text);
        }
      }
    });
  }
});

/** The same bytes, but for the type byte of integers past 2^32: msgpack has two for those above 0. */
function assertPacked(kind: number, packed: Uint8Array, recorded: string): void {
  if (toHex(packed) === recorded) return;
  assert.equal(kind, BodyKind.msgpack);
  assert.equal(toHex(packed).replaceAll("d300000", "cf00000"), recorded);
}
