import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import {
  CLAIMS_PER_YARD_MAX,
  DELIVERIES_MAX,
  DELIVERIES_PER_PARTY_MAX,
  DELIVERY_BYTES_MAX,
  DELIVERY_BYTES_PER_PARTY_MAX,
  LEAVE_GRACE_MS,
  MESSAGE_BYTES_PER_SHARE_MAX,
  MESSAGES_PER_SHARE_MAX,
  RECEIPTS_PER_PARTY_MAX,
  RECEIPTS_UNDER_WAY_MAX,
  SEEN_IDS_PER_ESTATE_MAX,
  SHARES_KEPT_MAX,
  SHARES_KEPT_PER_ESTATE_MAX,
  SHARES_MAX,
  UNACKNOWLEDGED_PER_CLAIMANT_MAX,
  UNKNOWN_PARTIES_MAX,
} from "../../src/base/limits.ts";
import { FarEstates } from "../../src/route/far_estates.ts";
import { failure } from "../../src/route/outcome.ts";
import { ReceiptSender } from "../../src/route/receipt_sender.ts";
import { Counters } from "../../src/base/drop.ts";
import { systemRandom } from "../../src/io/random.ts";
import type { EstateState } from "../../src/route/ports.ts";
import { SeenIds } from "../../src/route/seen.ts";
import { ShareTable } from "../../src/route/shares.ts";
import { RouterRig } from "../support/router_rig.ts";

describe("a share that nobody reads", () => {
  it("holds so many bytes, however few messages those are", () => {
    const rig = new RouterRig();
    const bytes = new Uint8Array(MESSAGE_BYTES_PER_SHARE_MAX / 4);
    for (let n = 1; n <= 6; n++) rig.send("w1", "//inbox", n, { payload: { bytes } });
    assert.deepEqual(rig.told("w1"), ["5 queue_full", "6 queue_full"]);
    rig.router.attach("w2", rig.now);
    rig.router.claim("inbox", "w2", false, rig.now);
    assert.equal(rig.takeLane().length, 4);
    rig.send("w1", "//inbox", 7, { payload: { bytes } });
    assert.equal(rig.takeLane()[0].to, "w2");
  });
});

describe("messages to an estate that is away", () => {
  it("wait up to so many bytes, and go on when it is back", () => {
    const rig = new RouterRig();
    rig.states.set("beta", { is: "away" });
    const bytes = new Uint8Array(90 * 1024 * 1024);
    for (let n = 1; n <= 4; n++) rig.send("w1", "beta//x", n, { payload: { bytes } });
    assert.deepEqual(rig.told("w1"), ["4 queue_full"]);
    rig.ready("beta", "e");
    assert.equal(rig.takeRoad().length, 3);
  });
});

describe("one yard", () => {
  it("can't use up what a manor has for all", () => {
    const rig = new RouterRig();
    rig.router.attach("hog", rig.now);
    for (let n = 1; n <= DELIVERIES_PER_PARTY_MAX; n++) {
      rig.send("hog", "/hog/x", n, { ttlMs: 7 * 24 * 3_600_000 });
    }
    rig.takeLane();
    rig.send("hog", "/hog/x", DELIVERIES_PER_PARTY_MAX + 1);
    assert.deepEqual(rig.told("hog"), [`${DELIVERIES_PER_PARTY_MAX + 1} queue_full`]);
    rig.send("w1", "/w2/x", 99_999);
    assert.equal(rig.takeLane()[0].to, "w2");
  });

  it("claims so many shares and no more, and the same again as often as it likes", () => {
    const rig = new RouterRig();
    const claim = (n: number) => rig.router.claim(`s${n}`, "w1", false, rig.now);
    for (let n = 0; n < CLAIMS_PER_YARD_MAX; n++) claim(n);
    const isFull = (error: unknown) => error instanceof RaetError && error.code === "queue_full";
    assert.throws(() => claim(CLAIMS_PER_YARD_MAX), isFull);
    claim(5);
    rig.router.release("s7", "w1", false, rig.now);
    rig.router.release("s7", "w1", false, rig.now);
    claim(CLAIMS_PER_YARD_MAX);
    assert.throws(() => claim(7), isFull);
    rig.router.yardLeft("w1", rig.now);
    rig.advance(LEAVE_GRACE_MS);
    assert.deepEqual(rig.router.shares.rows().map(({ name }) => name), ["inbox"]);
    claim(1);
  });
});

describe("one claimant", () => {
  it("has so many unacknowledged and no more, the rest waits, and each receipt makes room for one", () => {
    const rig = new RouterRig();
    rig.router.attach("w2", rig.now);
    rig.router.claim("jobs", "w2", false, rig.now);
    const count = UNACKNOWLEDGED_PER_CLAIMANT_MAX + 10;
    for (let n = 1; n <= count; n++) rig.send("w1", "//jobs", n);
    const given = rig.takeLane().map(({ envelope }) => parseInt(envelope.id, 16));
    assert.deepEqual(
      given,
      Array.from({ length: UNACKNOWLEDGED_PER_CLAIMANT_MAX }, (_, i) => i + 1),
    );
    assert.equal(rig.router.shares.heldCount("jobs"), 10);
    rig.acknowledge("w2", rig.id(3), rig.id(4));
    assert.deepEqual(
      rig.takeLane().filter(({ to }) => to === "w2").map(({ envelope }) => envelope.id),
      [UNACKNOWLEDGED_PER_CLAIMANT_MAX + 1, UNACKNOWLEDGED_PER_CLAIMANT_MAX + 2].map(rig.id),
    );
    // Another one that comes takes what still waits.
    rig.router.attach("w3", rig.now);
    rig.router.claim("jobs", "w3", false, rig.now);
    assert.equal(rig.takeLane().filter(({ to }) => to === "w3").length, 8);
  });
});

describe("receipts for one party", () => {
  it("wait up to so many, are counted past that, and find room once some have left", () => {
    const counters = new Counters();
    let state: EstateState = { is: "away" };
    const sent: unknown[] = [];
    const receipts = new ReceiptSender(
      "alpha",
      {
        road: { state: () => state, seek: () => {}, transmit: (body) => sent.push(body) },
        lane: { transmit: () => 0, ageMs: () => null },
        control: () => {},
      },
      counters,
      systemRandom,
      new Set(),
    );
    const beta = { kind: "estate", name: "beta" } as const;
    let id = 0;
    const add = () => receipts.add(beta, `${++id}`, { status: "delivered" });
    for (let n = 0; n < RECEIPTS_PER_PARTY_MAX; n++) add();
    receipts.add(beta, "1", { status: "delivered" });
    assert.equal(counters.get("receipts_left_out"), 0);
    for (let n = 0; n < 7; n++) add();
    assert.equal(counters.get("receipts_left_out"), 7);
    receipts.add({ kind: "estate", name: "gamma" }, "1", { status: "delivered" });
    assert.equal(counters.get("receipts_left_out"), 7, "each party has its own");
    state = { is: "ready", ours: true, epoch: "e" };
    receipts.flush(0);
    const packets = Math.ceil(RECEIPTS_PER_PARTY_MAX / 20) + 1;
    let ended = 0;
    for (let most = RECEIPTS_UNDER_WAY_MAX + 1; ended < packets; most = RECEIPTS_UNDER_WAY_MAX) {
      assert.equal(receipts.underWay, Math.min(most, packets - ended));
      while (ended < sent.length) receipts.roadSent(++ended, { status: "acknowledged" }, 0);
    }
    assert.equal(ended, packets);
    add();
    receipts.flush(0);
    assert.equal(sent.length, packets + 1);
    assert.equal(counters.get("receipts_left_out"), 7);
    receipts.roadSent(packets + 1, failure("expired", "the road gave it up"), 0);
    assert.equal(counters.get("receipts_left_out"), 8, "nor does one go lost without a word");
    for (let n = 0; n < 3; n++) add();
    receipts.flush(0);
    receipts.roadSent(packets + 2, failure("expired", "the road gave it up"), 0);
    assert.equal(counters.get("receipts_left_out"), 11, "of those in one message each counts");
  });

  it("have no place for a yard that has gone", () => {
    const counters = new Counters();
    const receipts = new ReceiptSender(
      "alpha",
      {
        road: { state: () => ({ is: "away" }), seek: () => {}, transmit: () => 0 },
        lane: { transmit: () => 1, ageMs: () => null },
        control: () => {},
      },
      counters,
      systemRandom,
      new Set(),
    );
    for (const id of ["1", "2"]) {
      receipts.add({ kind: "yard", name: "y" }, id, { status: "delivered" });
    }
    receipts.flush(0);
    receipts.laneFailed(1, "queue_full");
    assert.equal(receipts.size, 0);
    assert.equal(counters.get("receipts_left_out"), 2);
  });
});

describe("what a yard had that left", () => {
  it("goes to nobody while its last receipts may lie unread behind a manor that was held up", () => {
    const rig = new RouterRig();
    for (const yard of ["w1", "w2"]) {
      rig.router.attach(yard, rig.now);
      rig.router.claim("jobs", yard, false, rig.now);
    }
    rig.send("x", "//jobs", 1);
    const [{ to }] = rig.takeLane();
    rig.router.yardLeft(to, rig.now);
    rig.advance(10 * LEAVE_GRACE_MS); // all the while nothing was read
    assert.deepEqual(rig.takeLane(), []);
    rig.acknowledge(to, rig.id(1));
    assert.deepEqual(rig.told("x"), ["1 delivered"]);
    rig.advance(LEAVE_GRACE_MS);
    assert.deepEqual(rig.takeLane(), []);
  });
});

describe("a share with a bound", () => {
  it("holds so many messages, says queue_full past it, and takes more once one was taken", () => {
    const rig = new RouterRig();
    for (let n = 1; n <= MESSAGES_PER_SHARE_MAX; n++) rig.send("w1", "//inbox", n, { ttlMs: 1e8 });
    assert.deepEqual(rig.told("w1"), []);
    assert.equal(rig.router.hasRoom("beta", {}), false, "the road withholds done");
    rig.send("w1", "//inbox", 9999);
    assert.deepEqual(rig.told("w1"), ["9999 queue_full"]);
    assert.equal(rig.router.counters.get("share_full"), 1);
    rig.router.attach("w2", rig.now);
    rig.router.claim("inbox", "w2", false, rig.now);
    rig.send("w1", "//inbox", 10_000, { ttlMs: 1e8 });
    assert.deepEqual(rig.told("w1"), []);
  });
});

describe("the ids of one estate", () => {
  it("are remembered up to so many at least and twice as many at most, and each estate has its own", () => {
    const seen = new SeenIds();
    for (let n = 0; n < 5 * SEEN_IDS_PER_ESTATE_MAX; n++) {
      assert.ok(seen.add("beta", `b${n}`));
      if (n < 10) assert.ok(seen.add("gamma", `g${n}`));
    }
    const remembered = Array.from({ length: 5 * SEEN_IDS_PER_ESTATE_MAX }, (_, n) => `b${n}`)
      .filter((id) => seen.has("beta", id));
    assert.ok(remembered.length >= SEEN_IDS_PER_ESTATE_MAX, `${remembered.length}`);
    assert.ok(remembered.length <= 2 * SEEN_IDS_PER_ESTATE_MAX, `${remembered.length}`);
    assert.ok(seen.has("beta", `b${4 * SEEN_IDS_PER_ESTATE_MAX}`));
    assert.ok(seen.has("gamma", "g0"));
  });
});

describe("a manor that thousands come to and leave", () => {
  it("remembers none that its road has forgotten", () => {
    const known = new Set<string>();
    const far = new FarEstates((name) => known.has(name));
    for (let n = 0; n < 10_000; n++) {
      known.clear();
      known.add(`e${n}`);
      far.note(`e${n}`, "epoch");
      far.seen.add(`e${n}`, "id");
    }
    assert.ok(far.size <= 1025, `${far.size} names`);
    assert.equal(far.note("e9999", "epoch"), "epoch");
  });

  it("keeps few places for receipts of the gone", () => {
    const counters = new Counters();
    let state: EstateState = { is: "away" };
    let handle = 0;
    let looks = 0;
    const look = () => {
      looks++;
      return state;
    };
    const receipts = new ReceiptSender(
      "alpha",
      {
        road: { state: look, seek: () => {}, transmit: () => ++handle },
        lane: { transmit: () => ++handle, ageMs: () => null },
        control: () => {},
      },
      counters,
      systemRandom,
      new Set(),
    );
    for (let n = 0; n < 100; n++) {
      receipts.add({ kind: "yard", name: `y${n}` }, "1", { status: "delivered" });
      receipts.add({ kind: "estate", name: `e${n}` }, "1", { status: "delivered" });
    }
    receipts.flush(0);
    assert.equal(receipts.size, 100, "the estates may come back");
    state = { is: "ready", ours: true, epoch: "e" };
    handle = 0;
    receipts.flush(0);
    for (let n = 1; n <= 50; n++) receipts.roadSent(n, { status: "acknowledged" }, 0);
    assert.equal(receipts.size, 50);
    for (let n = 0; n < 100; n++) {
      receipts.add({ kind: "estate", name: `f${n}` }, "1", { status: "delivered" });
    }
    state = { is: "unknown", why: "an operator removed them" };
    receipts.flush(0);
    assert.equal(receipts.size, 50 + UNKNOWN_PARTIES_MAX);
    assert.equal(counters.get("receipts_left_out"), 100 - UNKNOWN_PARTIES_MAX);
    looks = 0;
    for (let batches = 0; batches < 1000; batches++) receipts.flush(0);
    assert.equal(looks, 0, "each batch of input looked for all of them among all estates");
    state = { is: "ready", ours: true, epoch: "e" };
    for (let n = 0; n < 100; n++) receipts.estateReady(`f${n}`, 0);
    assert.equal(receipts.underWay, 50 + UNKNOWN_PARTIES_MAX);
  });
});

describe("messages that were given to a yard which does not acknowledge them", () => {
  /** Takes no bytes of its own and weighs as if it did. */
  const payload = { bytes: new Uint8Array(60 * 1024 * 1024) };

  it("take so many bytes of one estate and no more, and others have theirs", () => {
    const rig = new RouterRig();
    rig.states.set("beta", { is: "ready", ours: true, epoch: "e" });
    rig.router.attach("slow", rig.now);
    const most = Math.ceil(DELIVERY_BYTES_PER_PARTY_MAX / payload.bytes.length);
    for (let n = 1; n <= most; n++) rig.receive("beta", "/slow/x", n, { payload });
    assert.equal(rig.takeLane().length, most);
    assert.equal(rig.router.hasRoom("beta", {}), false);
    rig.receive("beta", "/slow/x", 99, { payload });
    assert.equal(rig.takeLane().length, 0);
    const [{ envelope: { result } }] = rig.takeRoad();
    assert.ok(result?.status === "failed" && result.code === "queue_full", JSON.stringify(result));
    assert.match(result.message, /, 5 of 314\d{6} from estate "beta"$/);
    rig.receive("gamma", "/slow/x", 50, { payload });
    assert.equal(rig.takeLane().length, 1);
    rig.acknowledge("slow", rig.id(3));
    assert.equal(rig.router.hasRoom("beta", {}), true);
    rig.receive("beta", "/slow/x", 100, { payload });
    assert.equal(rig.takeLane().length, 1);
  });

  it("take so many bytes of all estates and no more", () => {
    const rig = new RouterRig();
    rig.router.attach("slow", rig.now);
    const each = 4;
    const most = Math.ceil(DELIVERY_BYTES_MAX / payload.bytes.length);
    for (let n = 0; n < most; n++) {
      rig.receive(`e${Math.floor(n / each)}`, "/slow/x", n, { payload });
    }
    assert.equal(rig.takeLane().length, most);
    assert.equal(rig.router.hasRoom("late", {}), false);
    rig.acknowledge("slow", rig.id(3));
    assert.equal(rig.router.hasRoom("late", {}), true);
  });
});

describe("a manor", () => {
  it("has so many messages under way and no more, whoever sends them, and says so", () => {
    const rig = new RouterRig();
    const parties = Math.ceil(DELIVERIES_MAX / DELIVERIES_PER_PARTY_MAX);
    rig.router.attach("slow", rig.now);
    const ttlMs = 7 * 24 * 3_600_000;
    for (let n = 0; n < DELIVERIES_MAX; n++) rig.send(`w${n % parties}`, "/slow/x", n, { ttlMs });
    assert.equal(rig.router.open, DELIVERIES_MAX);
    const given = rig.takeLane();
    assert.equal(given.length, DELIVERIES_MAX);
    rig.send("other", "/slow/x", DELIVERIES_MAX, { ttlMs });
    const [refusal] = rig.takeLane();
    assert.ok(refusal.envelope.result?.status === "failed");
    assert.equal(refusal.envelope.result.code, "queue_full");
    assert.match(
      refusal.envelope.result.message,
      /^the manor has 65536 messages of \d+ bytes under /,
    );
    assert.equal(rig.router.counters.get("queue_full"), 1);
    assert.equal(rig.router.hasRoom("beta", {}), false, "a road withholds its done meanwhile");
    rig.acknowledge("slow", rig.id(0));
    assert.equal(rig.router.hasRoom("beta", {}), true);
    rig.takeLane();
    rig.send("other", "/slow/x", DELIVERIES_MAX + 1, { ttlMs });
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["slow"]);
  });

  it("has so many shares and no more, whoever claims them, and says so", () => {
    const rig = new RouterRig();
    const isFull = (error: unknown) =>
      error instanceof RaetError && error.code === "queue_full" &&
      error.message.includes(String(SHARES_MAX));
    let taken = 0;
    const claim = (n: number) => {
      const yard = `y${Math.floor(n / (CLAIMS_PER_YARD_MAX - 1))}`;
      rig.router.attach(yard, rig.now);
      rig.router.claim(`s${n}`, yard, false, rig.now);
      taken++;
    };
    assert.throws(() => {
      for (let n = 0; n <= SHARES_MAX; n++) claim(n);
    }, isFull);
    assert.ok(taken >= SHARES_MAX - 1, `${taken}`);
    rig.router.release("s0", "y0", false, rig.now);
    claim(SHARES_MAX + 1);
  });

  it("has a place for what comes back from a process that left, however many shares there are by then", () => {
    const shares = new ShareTable<number>(() => 1, (n) => n, () => "");
    for (let n = 0; n < SHARES_MAX; n++) {
      shares.claim(`s${n}`, `y${Math.floor(n / CLAIMS_PER_YARD_MAX)}`, false);
    }
    shares.hold("gone", 1);
    assert.deepEqual(shares.heldOf("gone"), [1]);
    assert.throws(() => shares.claim("one more", "other", false), { code: "queue_full" });
    shares.removeHeld("gone", 1);
    assert.equal(shares.rows().length, SHARES_MAX);
  });

  it("leaves shares to claim though what is kept on disk is sent to very many", () => {
    const shares = new ShareTable<number>(() => 1, (n) => n, () => "");
    for (let n = 0; n <= SHARES_MAX; n++) {
      if (shares.canKeep(`s${n}`, "")) shares.hold(`s${n}`, n);
    }
    shares.claim("jobs", "worker", false);
    assert.ok(shares.canKeep("jobs", ""));
    assert.ok(!shares.canKeep("another", ""));
    assert.equal(shares.rows().length, SHARES_KEPT_MAX + 1);
    shares.removeHeld("s0", 0);
    shares.removeHeld("s1", 1);
    assert.ok(shares.canKeep("another", ""));
  });

  it("has so many shares for messages of one estate that nobody claims, and some for those of others", () => {
    const shares = new ShareTable<string>(() => 1, () => 1, (origin) => origin);
    const bringAbout = (origin: string) => {
      let count = 0;
      for (; shares.canKeep(`${origin}-${count}`, origin); count++) {
        shares.hold(`${origin}-${count}`, origin);
      }
      return count;
    };
    assert.equal(bringAbout("h1"), SHARES_KEPT_PER_ESTATE_MAX);
    assert.equal(bringAbout("h2"), SHARES_KEPT_MAX - SHARES_KEPT_PER_ESTATE_MAX);
    shares.removeHeld("h2-0", "h2");
    assert.ok(!shares.canKeep("another", "h1"));
    assert.ok(shares.canKeep("another", "h2"));
    shares.removeHeld("h1-0", "h1");
    assert.ok(shares.canKeep("another", "h1"));
  });
});
