import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MESSAGES_PER_REMOTE_MAX } from "../../src/base/limits.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { isOfMessage, joined, packetOf } from "../support/road_pair.ts";
import type { SimEstate, SimOptions } from "../support/sim_road.ts";

const bodiesOf = (estate: SimEstate) => estate.received.map(({ body }) => body);

describe("messages", () => {
  it("arrive with what they hold, in either packing, and are acknowledged in one round trip", () => {
    const [world, alpha, beta] = joined();
    const body = {
      text: "æ☃",
      list: [1, -2.5, null, true],
      bytes: Uint8Array.of(0, 255),
      deep: { a: {} },
    };
    const before = world.now;
    const handle = beta.up.transmit(body, "alpha", world.now, { bodyKind: "msgpack" });
    world.collect();
    world.runUntil(() => beta.outcomes.has(handle), 100);
    assert.equal(world.now - before, 2 * world.weather.latencyMs);
    const { bytes: _, ...plain } = body;
    beta.send(plain, "alpha");
    beta.send({}, "alpha");
    world.run(10);
    assert.deepEqual(bodiesOf(alpha), [body, plain, {}]);
    assert.deepEqual(alpha.received.map(({ estate }) => estate), ["beta", "beta", "beta"]);
  });

  it("that can't be sent are refused with a code", () => {
    const [world, , beta] = joined();
    assert.throws(() => beta.send({}, "nobody"), { code: "no_estate" });
    assert.throws(() => beta.send({ bytes: new Uint8Array(1) }, "alpha"), { code: "bad_body" });
    const fill = "x".repeat(68_000_000);
    assert.throws(() => beta.send({ fill }, "alpha"), { code: "too_large" });
    world.weather.lossShare = 1;
    for (let i = 0; i < MESSAGES_PER_REMOTE_MAX; i++) beta.send({ i }, "alpha");
    assert.throws(() => beta.send({}, "alpha"), { code: "queue_full" });
  });

  for (const lossShare of [0.1, 0.3]) {
    it(`arrive once each although ${100 * lossShare} of 100 packets are lost`, () => {
      for (let seed = 1; seed <= 5; seed++) {
        const [world, alpha, beta] = joined({}, {}, seed);
        Object.assign(world.weather, { lossShare, doubleShare: 0.05, jitterMs: 3 });
        const handles = Array.from(
          { length: 100 },
          (_, i) => beta.send({ i, fill: "x".repeat(i % 10 === 0 ? 20_000 : 20) }, "alpha"),
        );
        world.run(60_000);
        const outcomes = handles.map((handle) => beta.outcomes.get(handle));
        assert.deepEqual(outcomes, handles.map(() => ["acknowledged"]), `seed ${seed}`);
        const got = bodiesOf(alpha).map(({ i }) => Number(i)).sort((a, b) => a - b);
        assert.deepEqual(got, handles.map((_, i) => i), `seed ${seed}`);
      }
    });
  }

  it("whose done is lost are acknowledged by the redo, and handed over once", () => {
    const [world, alpha, beta] = joined();
    let lost = 0;
    world.weather.drops = (_f, _t, bytes) => isOfMessage(bytes, PacketKind.done) && lost++ < 3;
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(3000);
    assert.equal(lost, 4);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.length, 1);
  });

  it("put together from segments that come in any order are what was sent", () => {
    const [world, alpha, beta] = joined();
    Object.assign(world.weather, { jitterMs: 20, doubleShare: 0.2 });
    const fill = Array.from({ length: 9000 }, (_, i) => i);
    beta.send({ fill }, "alpha");
    world.run(2000);
    assert.deepEqual(bodiesOf(alpha), [{ fill }]);
  });

  it("of a megabyte whose tail is lost are made whole in about a round trip", () => {
    const [world, alpha, beta] = joined();
    world.weather.latencyMs = 5;
    for (let i = 0; i < 10; i++) {
      beta.send({ i }, "alpha");
      world.run(20);
    }
    const size = 200_000;
    const timeFor = (drop: boolean): number => {
      let seen = 0;
      let last = -1;
      world.weather.drops = (_f, _t, bytes) => {
        const packet = packetOf(bytes, TransactionKind.message);
        if (!drop || !packet || packet.head.segmentCount === 1) return false;
        last = packet.head.segmentCount - 1;
        return packet.head.segmentNumber > last - 5 && seen++ < 5;
      };
      const before = world.now;
      const handle = beta.send({ fill: "x".repeat(size) }, "alpha");
      assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000));
      if (drop) assert.equal(seen >= 5, true);
      return world.now - before;
    };
    const plain = timeFor(false);
    const withLoss = timeFor(true);
    assert.ok(withLoss - plain < 5 * 2 * world.weather.latencyMs, `${plain} and ${withLoss} ms`);
    assert.equal(alpha.received.length, 12);
  });

  it("over a slow path are sent again a few times, and no more once that is measured", () => {
    const [world, , beta] = joined();
    world.weather.latencyMs = 450;
    world.run(20_000); // the sessions that had no answer in time are back
    const resent = () => beta.remote("alpha")!.packetsResent;
    const sendOne = () => {
      const handle = beta.send({ n: 1 }, "alpha");
      assert.ok(world.runUntil(() => beta.outcomes.has(handle), 10_000));
    };
    for (let i = 0; i < 10; i++) sendOne();
    const before = resent();
    for (let i = 0; i < 10; i++) sendOne();
    assert.equal(resent(), before);
  });

  it("that go unanswered are sent again less and less often, and never in step", () => {
    const [world, , beta] = joined();
    const times: number[][] = [[], []];
    const ids: number[] = [];
    world.weather.drops = (from, _t, bytes) => {
      const packet = packetOf(bytes, TransactionKind.message);
      if (!packet || from !== "beta") return false;
      const { transactionId } = packet.head;
      if (!ids.includes(transactionId)) ids.push(transactionId);
      times[ids.indexOf(transactionId)].push(world.now);
      return true;
    };
    for (const n of [1, 2]) beta.send({ n }, "alpha");
    world.run(1500);
    const pauses = (of: number[]) => of.slice(1).map((at, i) => at - of[i]);
    for (const of of times) {
      assert.ok(of.length > 4, `${of.length} sendings`);
      const [first, second] = pauses(of);
      assert.ok(second > 1.5 * first, pauses(of).join());
    }
    assert.notDeepEqual(pauses(times[0]).slice(1), pauses(times[1]).slice(1));
  });

  it("never have more segments on the way than the window, over all of them", () => {
    const [world, , beta] = joined();
    world.weather.latencyMs = 20;
    const window = 64;
    let most = 0;
    const begun = new Map<string, Set<number>>();
    world.weather.drops = (from, _t, bytes) => {
      const packet = packetOf(bytes, TransactionKind.message);
      if (!packet) return false;
      const { head } = packet;
      const key = String(head.transactionId);
      if (from === "beta" && head.packetKind === PacketKind.message) {
        begun.set(key, (begun.get(key) ?? new Set()).add(head.segmentNumber));
      }
      return false;
    };
    const answered = (bytes: Uint8Array) => {
      const head = packetOf(bytes, TransactionKind.message)?.head;
      if (!head) return;
      const on = begun.get(String(head.transactionId));
      if (head.packetKind === PacketKind.done) on?.clear();
      if (head.packetKind === PacketKind.ack) {
        for (const n of on ?? []) if (n <= head.segmentNumber) on?.delete(n);
      }
    };
    const receive = beta.up.receive.bind(beta.up);
    beta.up.receive = (bytes, from, now) => {
      answered(bytes);
      receive(bytes, from, now);
    };
    for (let i = 0; i < 5; i++) beta.send({ fill: "x".repeat(150_000) }, "alpha");
    for (let i = 0; i < 100; i++) beta.send({ i }, "alpha");
    world.runUntil(() => {
      most = Math.max(most, [...begun.values()].reduce((sum, on) => sum + on.size, 0));
      return false;
    }, 3000);
    assert.ok(most <= window && most > window / 2, `${most} on the way`);
    assert.equal(beta.outcomes.size, 105);
  });

  it("that are small don't wait for a long one to be done", () => {
    const [world, , beta] = joined();
    world.weather.latencyMs = 10;
    const long = beta.send({ fill: "x".repeat(4_000_000) }, "alpha");
    world.run(100);
    const before = world.now;
    const small = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => beta.outcomes.has(small), 10_000));
    assert.ok(world.now - before <= 100, `${world.now - before} ms`);
    assert.equal(beta.outcomes.has(long), false);
    assert.ok(world.runUntil(() => beta.outcomes.has(long), 60_000));
  });

  it("end as failed when their time is over before anything was sent, else as unknown", () => {
    const [world, , beta] = joined();
    world.weather.lossShare = 1;
    const sent = beta.send({ n: 1 }, "alpha", { deadline: world.now + 1000 });
    world.run(8000);
    assert.deepEqual(beta.outcomes.get(sent), ["outcome_unknown"]);
    const waiting = beta.send({ n: 2 }, "alpha", { deadline: world.now + 1000 });
    world.run(2000);
    assert.deepEqual(beta.outcomes.get(waiting), ["failed"]);
    const codes = beta.events.flatMap((e) =>
      e.type === "sent" && e.outcome === "failed" ? [e.code] : []
    );
    assert.deepEqual(codes, ["expired"]);
  });

  it("can be called back", () => {
    const [world, alpha, beta] = joined();
    world.weather.lossShare = 1;
    const handle = beta.send({ n: 1 }, "alpha");
    beta.up.cancel(handle, world.now);
    world.collect();
    world.weather.lossShare = 0;
    world.run(2000);
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
    assert.equal(alpha.received.length, 0);
  });

  it("all have an outcome when the stack is closed", () => {
    const [world, , beta] = joined();
    world.weather.lossShare = 1;
    const handles = Array.from({ length: 100 }, (_, i) => beta.send({ i }, "alpha"));
    beta.up.close(world.now);
    world.collect();
    assert.deepEqual(handles.filter((handle) => beta.outcomes.get(handle)?.length !== 1), []);
    assert.equal(beta.up.deadline(), Infinity);
  });

  it("wait in the queue for a session that is not there yet", () => {
    const [world, alpha, beta] = joined();
    alpha.kill();
    world.run(30_000);
    const handles = [1, 2, 3].map((n) => beta.send({ n }, "alpha"));
    world.run(60_000);
    alpha.start();
    world.run(10_000);
    assert.deepEqual(
      handles.map((h) => beta.outcomes.get(h)),
      [1, 2, 3].map(() => ["acknowledged"]),
    );
    assert.deepEqual(bodiesOf(alpha), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
});

describe("messages on their way when the far side is started anew", () => {
  const interrupted = (options: SimOptions) => {
    const [world, alpha, beta] = joined(options);
    world.weather.drops = (_f, _t, bytes) => isOfMessage(bytes, PacketKind.done);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    alpha.kill();
    world.run(1000);
    const queued = beta.send({ fill: "x".repeat(1000) }, "alpha");
    alpha.start();
    world.weather.drops = null;
    world.run(10_000);
    return { alpha, beta, handle, queued };
  };

  it("are unknown, for a peer of ours tells that it started anew", () => {
    const { alpha, beta, handle } = interrupted({});
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
    assert.equal(alpha.received.filter(({ body }) => body.n === 1).length, 1);
  });

  it("are sent once more to a classic peer, as the reference does", () => {
    const { alpha, beta, handle } = interrupted({ features: null });
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.filter(({ body }) => body.n === 1).length, 2);
  });

  it("and a redo that is refused for want of a session counts as in flight when it ended", () => {
    for (const features of [null, ["receipts"]]) {
      const [world, alpha, beta] = joined({ features, settings: { automatic: false } });
      alpha.kill();
      const handle = beta.send({ n: 1 }, "alpha");
      world.run(1000);
      alpha.start();
      world.run(5000);
      const outcome = features ? "outcome_unknown" : "acknowledged";
      assert.deepEqual(beta.outcomes.get(handle), [outcome]);
    }
  });

  /** Alpha has a message, its done is lost; then something happens, and a copy of the message comes. */
  const copied = (
    happens: (alpha: SimEstate) => void,
    then: (beta: SimEstate) => void = () => {},
  ) => {
    const [world, alpha, beta] = joined({ settings: { automatic: false } });
    let copy: Uint8Array | null = null;
    world.weather.drops = (_from, _to, bytes) => {
      if (isOfMessage(bytes, PacketKind.message)) copy ??= bytes;
      return isOfMessage(bytes, PacketKind.done);
    };
    const handle = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 14));
    happens(alpha);
    world.weather.drops = null;
    world.inject(copy!, beta.address, alpha.address);
    world.run(0.6);
    then(beta);
    world.run(20_000);
    return [beta.outcomes.get(handle)?.join(), alpha.received.length];
  };

  it("are unknown, too, where a copy that the network made is refused after the far side had the message", () => {
    const restart = (alpha: SimEstate) => {
      alpha.kill();
      alpha.start();
    };
    assert.deepEqual(copied(restart), ["outcome_unknown", 1]);
    const reject = (estate: SimEstate, other: string) => {
      estate.up.keys.reject(other, estate.world.now);
      estate.world.collect();
    };
    assert.deepEqual(copied((alpha) => reject(alpha, "beta")), ["outcome_unknown", 1]);
    assert.deepEqual(copied(restart, (beta) => reject(beta, "alpha")), ["outcome_unknown", 1]);
    const becomeClassic = (alpha: SimEstate) => {
      Object.assign(alpha.options, { features: null });
      restart(alpha);
    };
    assert.deepEqual(copied(becomeClassic), ["outcome_unknown", 1]);
  });

  it("are sent if nothing of them was, in either case", () => {
    for (const features of [null, ["receipts"]]) {
      const [world, alpha, beta] = joined({ features });
      alpha.kill();
      world.run(10_000);
      const handle = beta.send({ n: 2 }, "alpha");
      alpha.start();
      world.run(10_000);
      assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
      assert.equal(alpha.received.length, 1);
    }
  });

  it("are sent once more if only the session is new", () => {
    const [world, alpha, beta] = joined();
    world.weather.drops = (_f, _t, bytes) => isOfMessage(bytes, PacketKind.message);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    alpha.up.begin("allow", "beta", world.now);
    world.collect();
    world.run(10);
    world.weather.drops = null;
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.length, 1);
  });

  it("that are long go on in the new session or are told to be unknown, never twice", () => {
    for (let ms = 1; ms < 40; ms += 3) {
      const [world, alpha, beta] = joined();
      world.weather.latencyMs = 3;
      const handle = beta.send({ fill: "x".repeat(100_000) }, "alpha");
      world.run(ms);
      alpha.kill();
      alpha.start();
      world.run(10_000);
      assert.equal(beta.outcomes.get(handle)?.length, 1);
      const isAcknowledged = beta.outcomes.get(handle)![0] === "acknowledged";
      assert.ok(alpha.received.length <= 1);
      if (isAcknowledged) assert.equal(alpha.received.length, 1);
    }
  });
});
