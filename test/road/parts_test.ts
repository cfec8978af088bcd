/**
 * Parts of a road by themselves, where a whole one would take too long to bring about what is tested.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  COAT_BYTES_MAX,
  UNFINISHED_BYTES_MAX,
  UNFINISHED_BYTES_PER_REMOTE_MAX,
} from "../../src/base/limits.ts";
import { Aliving } from "../../src/road/aliving.ts";
import { AllowClient } from "../../src/road/allow_client.ts";
import { Enquiries } from "../../src/road/enquiries.ts";
import { makeIdentity } from "../../src/road/identity.ts";
import { Inbox } from "../../src/road/inbox.ts";
import { KeyNews } from "../../src/road/key_news.ts";
import { Outbox } from "../../src/road/outbox.ts";
import type { Remote } from "../../src/road/remote.ts";
import { EMPTY, type Road } from "../../src/road/road.ts";
import { type Head, makeHead } from "../../src/wire/head.ts";
import { BodyKind, CoatKind, Flag, FootKind, PacketKind } from "../../src/wire/kinds.ts";
import { type Packet, parsePacket, verifyPacket } from "../../src/wire/packet.ts";
import { Drop } from "../../src/base/drop.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import { bareRemote, bareRoad } from "../support/road_parts.ts";

const BOX = fastCrypto.box(new Uint8Array(32).fill(4), new Uint8Array(32).fill(5));
const BYTE = new Uint8Array(1);

/** A signed packet as it comes to its transaction. */
function packetOf(head: Partial<Head>, coat: Uint8Array = EMPTY): Packet {
  return { head: makeHead(head), coat, datagram: coat, footLength: 64 };
}

/** A segment of a message of as many segments as there can be. */
function segmentOf(transactionId: number, segmentNumber: number, coat: Uint8Array): Packet {
  return packetOf({
    sessionId: 2,
    transactionId,
    segmentNumber,
    segmentCount: COAT_BYTES_MAX,
    messageLength: COAT_BYTES_MAX,
    bodyKind: BodyKind.json,
    coatKind: CoatKind.nacl,
    footKind: FootKind.nacl,
    flags: Flag.segmented,
  }, coat);
}

describe("a handshake of ours", () => {
  it("counts as begun as soon as there is credit for a redo of what was kept back at first", () => {
    const road = bareRoad();
    const remote = bareRemote(road);
    remote.addressProven = false;
    const client = new AllowClient(road, remote, {
      clientAllowed: () => {},
      clientFailed: () => {},
    });
    assert.equal(client.hasLeft, false);
    assert.equal(road.takeOutgoing().length, 0);
    road.earn(remote.address, 10_000);
    road.now = road.timers.next;
    road.timers.run(road.now);
    assert.equal(road.takeOutgoing().length, 1);
    assert.equal(client.hasLeft, true);
  });
});

describe("what goes again after our keys were renewed", () => {
  const newer = makeIdentity(fastCrypto, {
    signSeed: new Uint8Array(32).fill(8),
    boxSecret: new Uint8Array(32).fill(9),
  });
  const signers = (begin: (road: Road, remote: Remote) => void): boolean[] => {
    const road = bareRoad();
    const remote = bareRemote(road);
    remote.beginSession(BOX, 0, 1, true);
    begin(road, remote);
    remote.identity = newer;
    road.now = road.timers.next;
    road.timers.run(road.now);
    const { verifyKey } = fastCrypto.signer(new Uint8Array(32).fill(8));
    const verifier = fastCrypto.verifier(verifyKey);
    return road.takeOutgoing().map(({ bytes }) =>
      verifyPacket(parsePacket(bytes) as Packet, verifier)
    );
  };

  it("is signed by the new ones: a question for life", () => {
    const owner = {
      aliveEnded: () => {},
      capabilitiesLearnt: () => {},
      heard: () => {},
    };
    const ask = (road: Road, remote: Remote) => {
      const news = new KeyNews(road, remote, () => {}, () => {});
      new Aliving(road, remote, owner, news).ask(false);
    };
    assert.deepEqual(signers(ask), [false, true]);
  });

  it("is signed by the new ones: a handshake", () => {
    const owner = { clientAllowed: () => {}, clientFailed: () => {} };
    const begin = (road: Road, remote: Remote) => void new AllowClient(road, remote, owner);
    assert.deepEqual(signers(begin), [false, true]);
  });
});

describe("whether a peer was started anew", () => {
  /** What is made of its words, one a session: an epoch, null for nothing, "lost" where it was asked in vain. */
  const epochs = (...said: (string | null)[]) => {
    const enquiries = new Enquiries();
    return said.map((epoch) => {
      enquiries.sessionBegan(true);
      if (epoch !== "lost") {
        return enquiries.settle(epoch === null ? null : { version: 1, epoch, features: [] });
      }
      while (!enquiries.askedInVain(0));
      assert.equal(enquiries.unsettled, true);
      return "asks";
    });
  };

  it("is told by what it says, though in between it was asked in vain", () => {
    assert.deepEqual(epochs("a", "lost", "a", "b"), [true, "asks", true, false]);
    assert.deepEqual(epochs("a", "lost", "b"), [true, "asks", false]);
    assert.deepEqual(epochs("lost", "a", "a"), ["asks", false, true]);
    assert.deepEqual(epochs("lost", null), ["asks", false]);
    assert.deepEqual(epochs("a", null, null, "a"), [true, false, true, false]);
  });

  it("is asked with pauses that grow, and begin anew with each session", () => {
    const enquiries = new Enquiries();
    for (const _session of [1, 2]) {
      enquiries.sessionBegan(true);
      const pauses = Array.from({ length: 9 }, () => {
        enquiries.askedInVain(1000);
        return enquiries.dueAt - 1000;
      });
      const asap = -Infinity;
      assert.deepEqual(pauses, [asap, asap, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
    }
  });
});

describe("the messages whose nack an alive is to explain", () => {
  it("are those that have no outcome", () => {
    const road = bareRoad();
    const remote = bareRemote(road);
    remote.beginSession(BOX, 0, 1, true);
    const outbox = new Outbox(road, remote, { heard: () => {}, suspicious: () => {} });
    outbox.setOpen(true);
    const letter = { packed: new Uint8Array(9), bodyKind: BodyKind.json, deadline: Infinity };
    for (const handle of [1, 2]) outbox.add({ ...letter, handle });
    for (const { bytes } of road.takeOutgoing()) {
      const { head } = parsePacket(bytes) as Packet;
      const flags = Flag.correspondent;
      outbox.receive(packetOf({ ...head, packetKind: PacketKind.nack, flags }));
    }
    assert.equal(outbox.doubtfulCount, 2);
    outbox.cancel(1);
    assert.equal(outbox.doubtfulCount, 1);
    outbox.resolveDoubts(true);
    assert.equal(outbox.doubtfulCount, 0);
    assert.equal(outbox.count, 0);
  });
});

describe("the ids of transactions", () => {
  it("go on over their wrap when a join completes that began before it", () => {
    const remote = bareRemote(bareRoad());
    remote.skipTransactionIds(0xfffffffe);
    remote.skipTransactionIds(0);
    assert.equal(remote.nextTransactionId(), 0xffffffff);
    for (const id of [1, 2, 3]) assert.equal(remote.nextTransactionId(), id);
    remote.skipTransactionIds(0xffffffff);
    assert.equal(remote.nextTransactionId(), 4);
    remote.skipTransactionIds(9);
    assert.equal(remote.nextTransactionId(), 10);
  });
});

describe("a message in more segments than memory", () => {
  it("is refused when it takes more than all unfinished ones of a remote may, though its bytes are few", () => {
    const road = bareRoad();
    const remote = bareRemote(road);
    remote.beginSession(BOX, 0, 1, true);
    const inbox = new Inbox(road, remote, { heard: () => {} });
    const segment = (segmentNumber: number) => segmentOf(7, segmentNumber, BYTE);
    let [taken, drop] = [0, null as Drop | null];
    while (taken < COAT_BYTES_MAX / 50 && (drop = inbox.receive(segment(taken))) === null) taken++;
    assert.equal(drop?.reason, "unfinished_limit");
    assert.ok(taken > UNFINISHED_BYTES_PER_REMOTE_MAX / 500, `${taken} segments`);
    assert.equal(inbox.unfinishedCount, 0);
    // The sender is told: it would go on for ever.
    const last = parsePacket(road.takeOutgoing().at(-1)!.bytes);
    assert.ok(!(last instanceof Drop) && last.head.packetKind === PacketKind.nack);
  });
});

describe("the unfinished messages of all estates", () => {
  it("take no more than all may: who holds most gives way, and nobody keeps the others from theirs", () => {
    const road = bareRoad();
    const inboxes = Array.from({ length: 7 }, () => {
      const remote = bareRemote(road);
      remote.beginSession(BOX, 0, 1, true);
      return new Inbox(road, remote, { heard: () => {} });
    });
    const [meek, ...greedy] = inboxes;
    const coat = new Uint8Array(1024 * 1024);
    // Larger than any real one, so that few make up the limit.
    const receive = (inbox: Inbox, transactionId: number, segmentNumber: number) =>
      inbox.receive(segmentOf(transactionId, segmentNumber, coat));
    const held = () => inboxes.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    let nextId = 100;
    const fill = () => {
      const ids = [nextId++, nextId++];
      for (let n = 0; n < 60; n++) {
        for (const inbox of greedy) for (const id of ids) receive(inbox, id, n);
        assert.ok(held() <= UNFINISHED_BYTES_MAX, `${held()} bytes`);
      }
    };
    fill();
    assert.ok(held() > UNFINISHED_BYTES_MAX - 2 * UNFINISHED_BYTES_PER_REMOTE_MAX);
    assert.ok(road.counters.get("messages_gave_way") > 0);
    // However often they come again.
    for (let n = 0; n < 10; n++) {
      assert.equal(receive(meek, 9, n), null);
      fill();
      assert.equal(meek.unfinishedCount, 1);
    }
    // The sender is told, and there is room for all once somebody's are over.
    const kinds = road.takeOutgoing().map(({ bytes }) => (parsePacket(bytes) as Packet).head);
    assert.ok(kinds.some(({ packetKind }) => packetKind === PacketKind.nack));
    for (const inbox of greedy) inbox.sessionEnded();
    assert.equal(held(), meek.heldBytes);
    assert.equal(receive(greedy[0], nextId, 0), null);
  });
});

describe("a message whose first segment is longer than all of it", () => {
  it("is refused: nothing of it stays", () => {
    const road = bareRoad();
    const remote = bareRemote(road);
    remote.beginSession(BOX, 0, 1, true);
    const inbox = new Inbox(road, remote, { heard: () => {} });
    const drop = inbox.receive(packetOf({
      sessionId: 2,
      transactionId: 7,
      segmentNumber: 0,
      segmentCount: 2,
      messageLength: 10,
      coatKind: CoatKind.nacl,
      flags: Flag.segmented,
    }, new Uint8Array(11)));
    assert.equal(drop?.reason, "bad_segment");
    assert.equal(inbox.unfinishedCount, 0);
    assert.equal(inbox.heldBytes, 0);
    const answer = parsePacket(road.takeOutgoing()[0].bytes);
    assert.ok(!(answer instanceof Drop) && answer.head.packetKind === PacketKind.nack);
  });
});
