import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import { DURABLE_MARGIN_MS, DURABLE_PRUNE_MS, IDS_PER_CALL_MAX } from "../../src/base/limits.ts";
import { boundsOf } from "../../src/manor/durable.ts";
import { makeEnvelope, packEnvelope } from "../../src/route/envelope.ts";
import { failure, type Result } from "../../src/route/outcome.ts";
import { idOf, pairWithWorker, RouterPair } from "../support/router_pair.ts";

const DURABLE = { durable: true } as const;

describe("a durable message", () => {
  it("is told to be stored, then delivered, and leaves nothing at its receiver", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
    assert.deepEqual(pair.alpha.store.ids(), [idOf(1)]);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    assert.deepEqual(pair.beta.store.ids(), [idOf(1)], "the receiver has it on disk by then");
    assert.deepEqual(pair.alpha.takeTold(), [], "given is not yet delivered");
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"]);
    assert.deepEqual(pair.beta.takeTold(), ["1 noted"]);
    assert.deepEqual(pair.beta.store.ids(), [], "its sender has the outcome on disk");
    assert.equal(pair.alpha.router.durable!.size + pair.beta.router.durable!.size, 0);
  });

  it("has the road look for an estate that is away, until its outcome is known", () => {
    const pair = pairWithWorker();
    pair.isUp = false;
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    assert.deepEqual(pair.alpha.sought, ["beta"]);
    assert.equal(pair.alpha.router.isWaitingFor("beta"), true);
    pair.meet();
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    assert.equal(pair.alpha.router.isWaitingFor("beta"), true, "for what it says of it");
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.equal(pair.alpha.router.isWaitingFor("beta"), false);
  });

  it("is not said to be late to a process that has it again by then, and acknowledges that", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.beta.router.release("jobs", "worker", false, pair.now);
    pair.run();
    pair.beta.acknowledge("worker", 1, "alpha", { status: "delivered" }, true, false);
    pair.beta.claim("worker");
    assert.deepEqual(pair.beta.takeGiven(), [1, 1]);
    pair.run();
    assert.deepEqual(pair.beta.takeTold(), []);
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.deepEqual(pair.beta.takeTold(), ["1 noted"]);
    assert.ok(pair.alpha.takeTold().includes("1 delivered"));
  });

  it("counts among those that wait for its estate until it is on the road", () => {
    const pair = pairWithWorker();
    pair.isUp = false;
    for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, n === 1 ? DURABLE : {});
    assert.equal(pair.alpha.router.waitingFor("beta"), 2);
    pair.meet();
    assert.equal(pair.alpha.router.waitingFor("beta"), 0);
    assert.equal(pair.road.length, 2);
  });

  it("is told of nothing before the disk has it, and queue_full if the disk takes nothing", () => {
    const pair = pairWithWorker();
    pair.alpha.store.broken = true;
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["1 queue_full"]);
    assert.equal(pair.road.length, 0);
    assert.match(pair.alpha.warnings[0], /disk is full/);
    pair.alpha.store.broken = false;
    pair.beta.store.broken = true;
    pair.alpha.send("a", "beta//jobs", 2, DURABLE);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [], "what is not on disk is not given");
    pair.beta.store.broken = false;
    pair.pass(2000);
    assert.deepEqual(pair.beta.takeGiven(), [2], "it was tried again");
  });

  it("is not told to be stored where it comes twice in a batch that the disk does not take", () => {
    for (const how of ["sent again", "asked for"]) {
      const { alpha } = pairWithWorker();
      alpha.store.broken = true;
      alpha.put("a", "beta//jobs", 1, DURABLE);
      if (how === "asked for") alpha.router.durable!.ended.resume("a", [idOf(1)]);
      else alpha.put("a", "beta//jobs", 1, DURABLE);
      alpha.router.flush(alpha.pair.now);
      assert.deepEqual(alpha.takeTold(), ["1 queue_full"], how);
      alpha.store.broken = false;
      alpha.send("a", "beta//jobs", 2, DURABLE);
      assert.deepEqual(alpha.takeTold(), ["2 stored"], how);
    }
  });

  it("is not taken for refused where the road brings a refusal again that is answered for long", () => {
    const pair = pairWithWorker();
    pair.beta.store.broken = true;
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 10_000 });
    for (const flight of pair.road.splice(0)) pair.arrive(flight);
    const [refusal] = pair.road;
    assert.deepEqual(refusal.envelope.answers, [idOf(1)]);
    pair.run();
    pair.beta.store.broken = false;
    pair.pass(2000);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.alpha.router.fromRoad("beta", refusal.body, pair.now);
    pair.part();
    pair.advance(20_000);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 outcome_unknown"]);
    assert.equal(pair.alpha.router.counters.get("duplicate_message"), 1);
  });

  it("is given again after a restart if it had not left the lane when its manor closed that", () => {
    for (const to of ["beta//jobs", "beta/worker/jobs"]) {
      const pair = pairWithWorker();
      pair.alpha.send("a", to, 1, DURABLE);
      for (const flight of pair.road.splice(0)) pair.arrive(flight);
      const [{ handle }] = pair.beta.given.splice(0);
      pair.beta.router.drain();
      pair.beta.router.close(pair.now);
      pair.beta.router.laneFailed(handle, "expired", "this yard closed first", pair.now);
      pair.flush();
      assert.deepEqual(pair.beta.store.ids(), [idOf(1)]);
      pair.restart("beta");
      pair.beta.claim("worker");
      pair.run();
      pair.pass(10_000);
      assert.deepEqual(pair.beta.takeGiven(), [1]);
      assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
    }
  });

  it("is told apart from one of another estate with its id, when processes say what they have", () => {
    const pair = pairWithWorker();
    pair.beta.claim("other");
    pair.beta.attach("here");
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.beta.send("here", "//jobs", 1, DURABLE);
    pair.run();
    assert.deepEqual(pair.beta.given.splice(0).map(({ yard }) => yard), ["worker", "other"]);
    pair.restart("beta");
    pair.beta.attach("here");
    pair.beta.attach("other", { estate: "beta", id: idOf(1) });
    pair.beta.attach("worker", { estate: "alpha", id: idOf(1) });
    pair.run();
    assert.deepEqual(pair.beta.router.durable!.rows().map(({ state }) => state), [
      "given",
      "given",
    ]);
    pair.beta.acknowledge("other", 1, "beta");
    pair.run();
    assert.deepEqual(pair.beta.takeTold(), ["1 stored", "1 delivered", "1 noted"]);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"]);
    assert.equal(pair.beta.router.durable!.size, 0);
  });

  it("is another one than that of another estate with its id: one process is given both", () => {
    const pair = pairWithWorker();
    pair.beta.attach("here");
    pair.beta.send("here", "//jobs", 1, DURABLE);
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.alpha.send("a", "beta/worker/jobs", 2, DURABLE);
    pair.run();
    pair.beta.send("here", "/worker/jobs", 2, DURABLE);
    pair.run();
    const given = pair.beta.given.splice(0).map(({ n, envelope }) =>
      `${n} ${envelope.source.estate}`
    );
    assert.deepEqual(given, ["1 beta", "1 alpha", "2 alpha", "2 beta"]);
    assert.deepEqual(pair.beta.takeTold(), ["1 stored", "2 stored"]);
    for (const n of [1, 2]) pair.beta.acknowledge("worker", n, "alpha");
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "2 stored", "1 delivered", "2 delivered"]);
    assert.deepEqual(pair.beta.takeTold(), ["1 noted", "2 noted"]);
    const full = failure("queue_full", "too much");
    pair.beta.acknowledge("worker", 1, "beta", full);
    pair.run();
    pair.pass(1000);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    for (const n of [1, 2]) pair.beta.acknowledge("worker", n, "beta");
    pair.run();
    const told = pair.beta.takeTold().sort();
    assert.deepEqual(told, ["1 delivered", "1 noted", "2 delivered", "2 noted"]);
    assert.equal(pair.beta.router.durable!.size, 0);
  });

  it("that can't be read is warned of with what to do, and given up once its life is over", () => {
    const pair = pairWithWorker();
    const body = new Uint8Array([0xc1]);
    const deadline = 1_700_000_000_000 + pair.now + 5000;
    const row = { is: "add", origin: "alpha", deadline, handed: false, after: "" } as const;
    pair.beta.store.apply([{ ...row, id: idOf(1), body }]);
    for (let n = 1; n <= 2; n++) pair.restart("beta");
    assert.equal(pair.beta.warnings.length, 2);
    assert.match(
      pair.beta.warnings[0],
      /can't be read .*stays on disk for 1 min: .*raet that wrote it/,
    );
    pair.pass(6000);
    pair.restart("beta");
    pair.run();
    assert.deepEqual([pair.beta.warnings.length, pair.beta.store.load()], [2, []]);
    pair.pass(DURABLE_MARGIN_MS + DURABLE_PRUNE_MS + 1000);
    assert.deepEqual(pair.beta.store.ids(), []);
  });

  it("says of a disk that takes nothing once a second, however much comes", () => {
    const pair = pairWithWorker();
    pair.alpha.store.broken = true;
    for (let n = 1; n <= 100; n++) pair.alpha.send("a", "beta//jobs", n, DURABLE);
    assert.equal(pair.alpha.takeTold().length, 100);
    assert.equal(pair.alpha.warnings.length, 1);
    pair.advance(1000);
    pair.alpha.send("a", "beta//jobs", 101, DURABLE);
    assert.equal(pair.alpha.warnings.length, 2);
  });

  it("keeps nothing of what an estate asks again and again while the disk takes nothing", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { durable: true });
    pair.run();
    pair.beta.store.broken = true;
    pair.beta.acknowledge("worker", 1, "alpha");
    const route = { src: ["alpha", null, null], dst: ["beta", null, null] };
    const ask = (n: number) =>
      pair.beta.router.fromRoad("alpha", { route, raet: { of: [idOf(n)], note: "ask" } }, pair.now);
    for (let n = 1; n <= 1000; n++) {
      ask(1);
      ask(100 + n);
      pair.flush();
    }
    pair.beta.store.broken = false;
    pair.advance(1000);
    const said: string[] = [];
    for (let sent = pair.road.splice(0); sent.length > 0; sent = pair.road.splice(0)) {
      for (const flight of sent) {
        if (flight.from === pair.beta) said.push(...flight.envelope.answers);
        pair.arrive(flight);
      }
    }
    assert.equal(said.filter((id) => id === idOf(1)).length, 1, "its outcome, once it is on disk");
    assert.equal(new Set(said).size, said.length, "and nothing twice of others");
    pair.run();
    ask(999);
    pair.flush();
    assert.deepEqual(pair.road.map(({ envelope }) => envelope.note), ["unknown"]);
  });

  it("that has ended is answered while the disk takes nothing: its end is on it", () => {
    for (const how of ["asked for", "sent again"]) {
      const pair = pairWithWorker();
      pair.alpha.send("a", "beta//jobs", 1, DURABLE);
      pair.alpha.send("a", "beta//jobs", 2, DURABLE);
      const [{ body }] = pair.road;
      pair.run();
      pair.beta.acknowledge("worker", 1, "alpha");
      pair.lose(); // with it the receipt
      pair.beta.store.broken = true;
      pair.beta.acknowledge("worker", 2, "alpha");
      if (how === "sent again") pair.beta.router.fromRoad("alpha", body, pair.now);
      else pair.beta.router.durable!.note("alpha", "ask", [idOf(1)], pair.now);
      pair.run();
      pair.beta.store.broken = false;
      pair.pass(2000);
      const told = pair.alpha.takeTold().filter((line) => !line.endsWith("stored"));
      assert.deepEqual(told, ["1 delivered", "2 delivered"], how);
    }
  });

  it("is said to be unknown where the disk can't be read, as it may have come before; the next one goes on", () => {
    const pair = new RouterPair();
    pair.alpha.claim("worker");
    pair.alpha.attach("a");
    pair.alpha.send("a", "//jobs", 1, DURABLE);
    pair.alpha.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 delivered", "1 noted"]);
    pair.alpha.store.unreadable = true;
    pair.alpha.send("a", "//jobs", 1, DURABLE);
    pair.alpha.send("a", "//jobs", 2, DURABLE);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 outcome_unknown", "2 outcome_unknown"]);
    assert.deepEqual(pair.alpha.warnings, ["the disk can't be read"]);
    pair.alpha.store.unreadable = false;
    pair.alpha.send("a", "//jobs", 3, DURABLE);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["3 stored"]);
    assert.deepEqual(pair.alpha.takeGiven(), [1, 3]);
  });

  it("comes again soon where the far disk could not be read, and is not taken for one that was refused", () => {
    for (const denies of [false, true]) {
      const pair = pairWithWorker();
      pair.beta.store.unreadable = true;
      pair.beta.denies = denies;
      pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ordered: true });
      pair.alpha.send("a", "beta//jobs", 2, { ...DURABLE, ordered: true });
      pair.run();
      pair.beta.store.unreadable = pair.beta.denies = false;
      pair.pass(2000);
      assert.deepEqual(pair.beta.takeGiven(), [1, 2], `a rule denies: ${denies}`);
      assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "2 stored"]);
    }
  });

  it("is forgotten though the disk can't say what became of one before it in the same note", () => {
    const pair = pairWithWorker();
    const { store } = pair.beta;
    for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, DURABLE);
    pair.run();
    const read = store.resultOf.bind(store);
    for (const n of [1, 2]) pair.beta.acknowledge("worker", n, "alpha");
    store.resultOf = (key) => {
      if (key.id === idOf(1)) throw new RaetError("bad_config", "the disk can't be read");
      return read(key);
    };
    pair.beta.router.durable!.note("alpha", "forget", [idOf(1), idOf(2)], pair.now);
    pair.flush();
    assert.deepEqual(pair.beta.store.ids(), [idOf(1)]);
    assert.deepEqual(pair.beta.warnings, ["the disk can't be read"]);
  });

  it("goes on though the disk can't say what became of another that is asked for in the same batch", () => {
    const pair = pairWithWorker();
    const { store } = pair.beta;
    const read = store.resultOf.bind(store);
    store.resultOf = (key) => {
      if (key.id === idOf(7)) throw new RaetError("bad_config", "the disk can't be read");
      return read(key);
    };
    const route = { src: ["alpha", null, null], dst: ["beta", null, null] };
    const ask = { route, raet: { of: [idOf(7)], note: "ask" } };
    pair.beta.attach("b");
    pair.beta.router.fromRoad("alpha", ask, pair.now);
    pair.beta.put("b", "//jobs", 1, DURABLE);
    pair.beta.router.flush(pair.now);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    assert.deepEqual(pair.beta.warnings, ["the disk can't be read"]);
    pair.run();
    assert.deepEqual(pair.beta.takeTold(), ["1 stored"]);
  });

  it("that is ordered is not given up where the far disk takes nothing for a while", () => {
    const pair = pairWithWorker();
    pair.beta.store.broken = true;
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ordered: true });
    pair.alpha.send("a", "beta//jobs", 2, { ...DURABLE, ordered: true });
    pair.run();
    pair.beta.store.broken = false;
    pair.pass(5000);
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "2 stored"]);
  });

  it("writes all of one batch in one transaction", () => {
    const pair = pairWithWorker();
    const before = pair.beta.store.transactions;
    for (let n = 1; n <= 50; n++) pair.alpha.send("a", "beta//jobs", n, DURABLE);
    for (const { from, body } of pair.road.splice(0)) {
      pair.beta.router.fromRoad(from.name, body, pair.now);
    }
    pair.beta.router.flush(pair.now);
    assert.equal(pair.beta.takeGiven().length, 50);
    assert.equal(pair.beta.store.transactions, before + 1);
  });

  for (const killed of ["alpha", "beta"] as const) {
    it(`is delivered once though ${killed} is killed at any step`, () => {
      for (let step = 0; step < 6; step++) {
        const pair = pairWithWorker();
        const given: number[] = [];
        let killedAt = -1;
        const kill = (at: number) => {
          if (at !== step) return;
          killedAt = at;
          pair.restart(killed);
          // The process is alive: it says what it has, and acknowledges again what was not noted.
          if (killed === "alpha") pair.alpha.attach("a");
          else {
            pair.beta.attach("worker", ...given.map(idOf));
            pair.beta.claim("worker");
          }
          pair.flush();
        };
        pair.alpha.send("a", "beta//jobs", 1, DURABLE);
        kill(0);
        const [flight] = pair.road.splice(0, 1);
        if (flight) pair.arrive(flight, true);
        given.push(...pair.beta.takeGiven());
        kill(1);
        pair.run();
        given.push(...pair.beta.takeGiven());
        kill(2);
        pair.run();
        given.push(...pair.beta.takeGiven());
        pair.beta.acknowledge("worker", 1, "alpha");
        kill(3);
        if (killedAt === 3 && killed === "beta") pair.beta.acknowledge("worker", 1, "alpha");
        for (const flight of pair.road.splice(0)) pair.arrive(flight, true);
        kill(4);
        pair.run();
        kill(5);
        pair.pass(8000);
        given.push(...pair.beta.takeGiven());
        if (pair.beta.router.durable!.size > 0) pair.beta.acknowledge("worker", 1, "alpha");
        pair.pass(3000);
        assert.deepEqual([...new Set(given)], [1], `step ${step}`);
        assert.equal(given.length, 1, `step ${step}: it was given twice`);
        pair.alpha.router.durable!.ended.resume("a", [idOf(1)]);
        pair.run();
        assert.equal(pair.alpha.takeTold().at(-1), "1 delivered", `step ${step}`);
        assert.equal(pair.alpha.router.durable!.size, 0);
      }
    });
  }

  it("that is sent again under its id is one message, and its sender hears its outcome", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.alpha.attach("b");
    pair.alpha.takeTold();
    pair.alpha.send("b", "beta//jobs", 1, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
    pair.alpha.send("b", "beta//other", 1, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["1 denied"], "the id is of another message");
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"]);
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"]);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
  });

  it("stays with a process that attaches again: it may have said what it has before it read that", () => {
    const pair = pairWithWorker();
    pair.beta.claim("second");
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.beta.attach("worker");
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    pair.beta.acknowledge("worker", 1, "alpha");
    assert.deepEqual(pair.beta.takeTold(), ["1 noted"]);
  });

  it("stays with a process that says that it is done before it reads of the restart of its manor", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.restart("beta");
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.beta.attach("worker", idOf(1));
    pair.beta.acknowledge("worker", 1, "alpha"); // as it does once it has attached
    pair.run();
    assert.deepEqual(pair.beta.takeTold(), ["1 noted"]);
    assert.equal(pair.alpha.takeTold().at(-1), "1 delivered");
  });

  it("stays with a process that says in several parts what it has, more than it may be given at once", () => {
    const pair = pairWithWorker();
    const count = IDS_PER_CALL_MAX + 100;
    pair.alpha.router.durable!.configure(boundsOf({}));
    pair.beta.router.durable!.configure(boundsOf({}));
    for (let n = 1; n <= count; n++) pair.alpha.put("a", "beta//jobs", n, DURABLE);
    pair.run();
    pair.pass(1000);
    const has: number[] = [];
    pair.beta.store.broken = true;
    while (pair.beta.given.length > 0) {
      const given = pair.beta.takeGiven();
      has.push(...given);
      for (const n of given) pair.beta.acknowledge("worker", n, "alpha");
      pair.run();
    }
    assert.ok(has.length > IDS_PER_CALL_MAX, `it could be done with ${has.length}`);
    pair.restart("beta");
    pair.beta.store.broken = false;
    pair.beta.router.expect(["worker", "other"], pair.now);
    pair.beta.claim("other");
    pair.beta.attach("worker", ...has.slice(0, IDS_PER_CALL_MAX).map(idOf));
    pair.run();
    pair.beta.attach("worker", ...has.slice(IDS_PER_CALL_MAX).map(idOf));
    pair.beta.claim("worker");
    for (const yard of ["other", "worker"]) pair.beta.router.claimedAll(yard, pair.now);
    pair.pass(1000);
    const others = pair.beta.takeGiven();
    assert.deepEqual(others.filter((n) => has.includes(n)), []);
  });

  it("is in doubt after a restart no longer than a process may be there that has it", () => {
    const restarted = (present: string[], areOthers = false) => {
      const pair = pairWithWorker();
      pair.alpha.send("a", "beta//jobs", 1, DURABLE);
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [1]);
      pair.restart("beta");
      pair.beta.router.expect(present, pair.now, areOthers);
      pair.beta.claim("new");
      pair.pass(200);
      return pair;
    };
    const alone = restarted([]);
    assert.deepEqual(alone.beta.given.map(({ n, envelope }) => [n, envelope.redelivered]), [[
      1,
      true,
    ]]);
    const pair = restarted(["worker", "other"]);
    assert.deepEqual(pair.beta.takeGiven(), []);
    for (const yard of ["other", "worker"]) {
      pair.beta.attach(yard);
      pair.beta.router.claimedAll(yard, pair.now);
      assert.deepEqual(pair.beta.takeGiven(), []);
    }
    pair.pass(100);
    assert.deepEqual(pair.beta.takeGiven(), [1], "the worker of that name is another one");
    const withOthers = restarted([], true);
    assert.deepEqual(withOthers.beta.takeGiven(), []);
    withOthers.pass(5000);
    assert.deepEqual(withOthers.beta.takeGiven(), [1]);
  });

  it("is not said to have failed for certain by a process that may not have been the first", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 60_000 });
    pair.run();
    pair.restart("beta");
    pair.beta.attach("worker", idOf(1));
    pair.alpha.takeTold();
    pair.beta.acknowledge("worker", 1, "alpha", failure("expired", "it came too late"));
    pair.run();
    pair.pass(70_000);
    assert.deepEqual(pair.alpha.takeTold(), ["1 outcome_unknown"]);
  });

  it("is not said to have failed for certain once the far side did not know whether it was seen", () => {
    const pair = pairWithWorker();
    const say = (result: Result) => {
      const [flight] = pair.road.splice(0);
      pair.alpha.router.roadSent(flight.handle, { status: "acknowledged" }, pair.now);
      const source = { estate: "beta", yard: "", share: "" };
      const destination = { ...source, estate: "alpha" };
      const envelope = makeEnvelope({ source, destination, answers: [idOf(1)], result });
      pair.alpha.router.fromRoad("beta", packEnvelope(envelope), pair.now);
      pair.flush();
    };
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 60_000 });
    say(failure("outcome_unknown", "its life was over by a date that was set"));
    pair.advance(2000);
    say(failure("expired", "nobody took it, and the id was forgotten"));
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 outcome_unknown"]);
  });

  it("is no operator's to ask for who did not send it, under its id or any other way", () => {
    const pair = pairWithWorker();
    pair.alpha.attach("op-1");
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.alpha.takeTold();
    const resume = (yard: string) => pair.alpha.router.durable!.ended.resume(yard, [idOf(1)]);
    assert.deepEqual(resume("op-1"), [idOf(1)]);
    pair.alpha.send("op-1", "beta//jobs", 1, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["1 denied"]);
    assert.deepEqual(resume("b"), [], "a process of the manor's own user may ask");
    pair.alpha.send("op-1", "beta//jobs", 2, DURABLE);
    assert.deepEqual(pair.alpha.router.durable!.ended.resume("op-1", [idOf(2)]), []);
  });

  it("of one estate gets half of the places at most: others find some, and it comes again later", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.beta.attach("b");
    for (let n = 1; n <= 503; n++) pair.alpha.put("a", "beta//jobs", n, DURABLE);
    pair.run();
    assert.equal(pair.beta.router.durable!.load.in.messages, 500);
    assert.equal(pair.beta.router.counters.get("estate_durable_full"), 3);
    pair.beta.send("b", "//jobs", 1000, DURABLE);
    assert.deepEqual(pair.beta.takeTold(), ["1000 stored"]);
    pair.beta.claim("worker");
    const given = new Set<number>();
    for (let rounds = 0; given.size < 504 && rounds < 1000; rounds++) {
      for (const n of pair.beta.takeGiven()) {
        given.add(n);
        pair.beta.acknowledge("worker", n, n === 1000 ? "beta" : "alpha");
      }
      pair.pass(100);
    }
    assert.equal(given.size, 504);
  });

  it("that a disk takes no note of is warned of once in a while, however often it is tried", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.send("a", "//jobs", 1, DURABLE);
    pair.alpha.store.broken = true;
    for (let tries = 0; tries < 20; tries++) pair.alpha.claim(`worker${tries}`);
    assert.equal(pair.alpha.warnings.length, 1);
    pair.alpha.store.broken = false;
    pair.alpha.claim("worker");
    assert.deepEqual(pair.alpha.takeGiven(), [1]);
  });

  it("waits on disk for a claimant and for a yard, declared or not, and through a restart", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.send("a", "beta//nobody", 1, DURABLE);
    pair.alpha.send("a", "beta/absent/jobs", 2, DURABLE);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "2 stored"]);
    pair.restart("beta");
    pair.run();
    pair.beta.claim("late", "nobody");
    pair.beta.attach("absent");
    pair.pass(1000);
    const given = pair.beta.given.map(({ n, yard, envelope }) => [n, yard, envelope.redelivered]);
    assert.deepEqual(given.sort(), [[1, "late", false], [2, "absent", false]]);
  });

  it("for a process that lives is not given to it before it attached to its new manor", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.send("a", "beta/absent/jobs", 1, DURABLE);
    pair.run();
    pair.restart("beta");
    assert.deepEqual(
      pair.beta.takeGiven(),
      [],
      "it would be given as to a yard that can't acknowledge",
    );
    pair.beta.attach("absent");
    pair.pass(1000);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.beta.acknowledge("absent", 1, "alpha");
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 delivered"]);
  });

  for (const reason of ["a rule of it changed", "it is to stop"]) {
    it(`that a manor has taken on is not refused when it comes again, though ${reason}`, () => {
      const pair = pairWithWorker();
      const refuse = (side: RouterPair["alpha"]) => {
        if (reason === "it is to stop") side.router.drain();
        else side.denies = true;
      };
      pair.alpha.send("a", "beta//jobs", 1, DURABLE);
      pair.run();
      pair.alpha.takeTold();
      refuse(pair.alpha);
      pair.alpha.send("a", "beta//jobs", 1, DURABLE);
      assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
      pair.restart("alpha");
      refuse(pair.beta);
      pair.alpha.attach("a");
      pair.run();
      pair.beta.acknowledge("worker", 1, "alpha");
      pair.pass(6000);
      pair.alpha.router.durable!.ended.resume("a", [idOf(1)]);
      pair.run();
      assert.equal(pair.alpha.takeTold().at(-1), "1 delivered");
    });
  }

  it("of another estate leaves our own numbers alone, whatever number it bears", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ordered: true });
    const [{ envelope }] = pair.road.splice(0);
    const body = packEnvelope({ ...envelope, seq: Number.MAX_SAFE_INTEGER });
    pair.beta.router.fromRoad("alpha", body, pair.now);
    pair.flush();
    pair.restart("beta");
    pair.beta.attach("b");
    pair.road = [];
    pair.beta.send("b", "alpha//jobs", 2, { ...DURABLE, ordered: true });
    const sent = pair.road.find(({ from }) => from === pair.beta);
    assert.ok(sent!.envelope.seq < Number.MAX_SAFE_INTEGER / 2);
  });

  it("is not handed over again by a copy that lay on the way until it could be forgotten", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    const [late] = pair.road;
    pair.run();
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.equal(pair.beta.store.ended().get("alpha") ?? 0, 0, "it is forgotten");
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    // The road began it anew as another transaction, and this one comes late.
    pair.beta.router.fromRoad("alpha", late.body, pair.now);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 delivered"]);
  });

  it("that is forgotten several times over is counted once", () => {
    const pair = pairWithWorker();
    for (const n of [1, 2, 3]) pair.alpha.send("a", "beta//jobs", n, DURABLE);
    pair.run();
    for (const n of [1, 2, 3]) pair.beta.acknowledge("worker", n, "alpha");
    const { store } = pair.beta;
    const before = store.transactions;
    pair.beta.router.durable!.note("alpha", "forget", [1, 1, 1].map(idOf), pair.now);
    assert.equal(store.ended().get("alpha"), 3, "it is not on disk yet");
    assert.equal(pair.beta.router.durable!.ended.theirs, 2);
    pair.beta.router.flush(pair.now);
    assert.equal(store.ended().get("alpha"), 2);
    assert.equal(store.transactions, before + 1);
  });

  it("has been seen by nobody else where its claimant only wants no more copies", () => {
    const pair = pairWithWorker();
    pair.beta.router.claim("jobs", "worker", true, pair.now);
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 5000 });
    pair.run();
    pair.beta.router.release("jobs", "worker", true, pair.now);
    pair.beta.acknowledge(
      "worker",
      1,
      "alpha",
      failure("expired", "not taken before its deadline"),
    );
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 expired"]);
  });

  it("goes to the next with redelivered when its claimant is killed, and never without a word", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    assert.equal(pair.beta.given[0].envelope.redelivered, false);
    pair.beta.takeGiven();
    pair.beta.leave("worker");
    assert.deepEqual(pair.beta.takeGiven(), [], "it waits, as it is durable");
    pair.beta.claim("next");
    assert.equal(pair.beta.given[0].envelope.redelivered, true);
    pair.beta.acknowledge("worker", 1, "alpha");
    assert.ok(pair.beta.told.includes("1 late"), "it is not the first one's any more");
    pair.beta.acknowledge("next", 1, "alpha");
    pair.run();
    assert.ok(pair.alpha.told.includes("1 delivered"));
  });

  it("that only waits for one in doubt is not redelivered, nor in doubt itself", () => {
    const pair = new RouterPair();
    const more = { ...DURABLE, ordered: true, ttlMs: 60_000 };
    pair.beta.attach("here");
    pair.beta.claim("worker");
    pair.beta.send("here", "//jobs", 1, more);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.restart("beta");
    pair.beta.attach("here");
    pair.beta.claim("next");
    for (const n of [2, 3]) pair.beta.send("here", "//jobs", n, more);
    pair.pass(6000);
    const given = pair.beta.given.splice(0).map(({ n, envelope }) => [n, envelope.redelivered]);
    assert.deepEqual(given, [[1, true], [2, false], [3, false]]);
    pair.beta.acknowledge("next", 1, "beta");
    const expired = failure("expired", "the process did not take the message before its deadline");
    pair.beta.acknowledge("next", 2, "beta", expired);
    pair.beta.leave("next");
    pair.beta.claim("last");
    pair.run();
    assert.deepEqual(pair.beta.given.map(({ n, envelope }) => [n, envelope.redelivered]), [[
      3,
      true,
    ]]);
    const told = pair.beta.takeTold().filter((line) => !/stored|noted/.test(line));
    assert.deepEqual(told, ["1 delivered", "2 expired"]);
  });

  it("of which nobody says that they have it goes to another with redelivered, after a restart", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.beta.takeGiven();
    pair.restart("beta");
    pair.beta.claim("other");
    pair.pass(1000);
    assert.deepEqual(pair.beta.takeGiven(), [], "whoever had it may be about to say so");
    pair.pass(6000);
    assert.equal(pair.beta.given[0].envelope.redelivered, true);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
  });

  it("expires where it is certain that nobody saw it, and is unknown where it is not", () => {
    const pair = pairWithWorker();
    pair.part();
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 5000 });
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 waiting"]);
    pair.advance(6000);
    assert.deepEqual(pair.alpha.takeTold(), ["1 expired"]);
    pair.meet();
    pair.alpha.send("a", "beta//jobs", 2, { ...DURABLE, ttlMs: 5000 });
    pair.run();
    pair.alpha.takeTold();
    pair.advance(4000);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), [], "no outcome before its deadline");
    pair.pass(4000);
    assert.deepEqual(pair.alpha.takeTold(), ["2 outcome_unknown"]);
  });

  it("costs no look at its estate when it is asked what is due next", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    const before = pair.alpha.looks;
    assert.ok(pair.alpha.router.deadline() < Infinity, "it will ask what became of it");
    assert.equal(pair.alpha.looks, before);
    pair.part();
    pair.pass(60_000);
    pair.meet();
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    assert.ok(pair.alpha.told.includes("1 delivered"));
  });

  it("of which one process was given has not expired for certain where another did not take it", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 5000 });
    pair.run();
    pair.beta.leave("worker");
    pair.beta.claim("next");
    pair.pass(4990);
    pair.beta.acknowledge("next", 1, "alpha", failure("expired", "it came too late to be taken"));
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 outcome_unknown"]);
  });

  it("that is sent again to a manor that stops has not failed, as it is on its disk", () => {
    const pair = pairWithWorker();
    pair.part();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.alpha.takeTold();
    pair.alpha.router.drain();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.alpha.send("a", "beta//jobs", 2, DURABLE);
    assert.deepEqual(pair.alpha.takeTold().sort(), ["1 stored", "2 no_manor"]);
  });

  it("has not failed for certain where the road sent it in two sessions and one copy was refused", () => {
    const pair = pairWithWorker();
    pair.beta.router.durable!.configure({ messagesMax: 0, bytesMax: 1000 });
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 5000 });
    const [flight] = pair.road.splice(0);
    pair.beta.router.fromRoad("alpha", flight.body, pair.now);
    pair.flush();
    const [refusal] = pair.road.splice(0);
    pair.part();
    pair.meet();
    pair.beta.router.durable!.configure({ messagesMax: 10, bytesMax: 100_000 });
    pair.arrive(flight);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.alpha.router.fromRoad("beta", refusal.body, pair.now);
    pair.part();
    pair.advance(6000);
    assert.deepEqual(pair.alpha.takeTold().at(-1), "1 outcome_unknown");
  });

  it("has not expired for certain where the far side said before that it may have been seen", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 5000 });
    pair.road.splice(0);
    const receipt = makeEnvelope({
      source: { estate: "beta", yard: "", share: "" },
      destination: { estate: "alpha", yard: "", share: "" },
      answers: [idOf(1)],
      result: failure("outcome_unknown", "its clock is fast"),
    });
    pair.alpha.router.fromRoad("beta", packEnvelope(receipt), pair.now);
    pair.part();
    pair.advance(6000);
    assert.equal(pair.alpha.takeTold().at(-1), "1 outcome_unknown");
  });

  it("ends once where its end comes with that of the one before it", () => {
    const pair = pairWithWorker();
    const ordered = { ...DURABLE, ordered: true, ttlMs: 5000 };
    for (const n of [1, 2, 3]) pair.alpha.send("a", "beta/absent/jobs", n, ordered);
    const [, second, third] = pair.road.splice(0);
    pair.arrive(second);
    pair.arrive(third);
    pair.alpha.takeTold();
    pair.advance(5500);
    pair.run();
    assert.deepEqual(pair.beta.router.durable!.load.in, { messages: 0, bytes: 0 });
    const { counters } = pair.beta.router;
    assert.equal(counters.get("expired") + counters.get("no_yard"), 2, "one outcome each");
  });

  it("is asked for in a new session, so that a lost receipt costs nothing", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.beta.acknowledge("worker", 1, "alpha");
    assert.equal(pair.lose(), 1, "the receipt is lost");
    pair.part();
    pair.meet();
    pair.run();
    assert.equal(pair.alpha.takeTold().at(-1), "1 delivered");
    assert.deepEqual(pair.beta.takeGiven(), [1]);
  });

  it("is tried again later where the far side has no room, and ends where it is refused for good", () => {
    const pair = pairWithWorker();
    pair.beta.router.durable!.configure({ messagesMax: 0, bytesMax: 1000 });
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.pass(2000);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
    pair.beta.router.durable!.configure({ messagesMax: 10, bytesMax: 100_000 });
    pair.pass(5000);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.alpha.send("a", "beta//.control", 2, DURABLE);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["2 stored", "2 denied"]);
  });

  it("is refused at once past the bound, to whom is unknown, to a peer that can't, and as a request", () => {
    const pair = pairWithWorker();
    pair.alpha.router.durable!.configure({ messagesMax: 1, bytesMax: 1_000_000 });
    pair.part();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.alpha.send("a", "beta//jobs", 2, DURABLE);
    pair.alpha.router.durable!.configure({ messagesMax: 100, bytesMax: 1_000_000 });
    pair.alpha.send("a", "gamma//jobs", 3, DURABLE);
    pair.alpha.send("a", "beta//jobs", 4, { ...DURABLE, job: idOf(9) });
    pair.beta.features = ["receipts"];
    pair.meet();
    pair.alpha.send("a", "beta//jobs", 5, DURABLE);
    assert.deepEqual(pair.alpha.takeTold().filter((line) => !/stored|waiting/.test(line)), [
      "2 queue_full",
      "3 no_estate",
      "4 usage",
      "1 unsupported",
      "5 unsupported",
    ]);
    assert.equal(pair.road.length, 0);
  });

  it("on the own lane is kept as well, and handed over once through a restart", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.send("a", "//jobs", 1, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored"]);
    pair.restart("alpha");
    pair.alpha.attach("a");
    pair.alpha.claim("worker");
    pair.run();
    assert.deepEqual(pair.alpha.takeGiven(), [1]);
    pair.alpha.acknowledge("worker", 1, "alpha");
    assert.deepEqual(pair.alpha.takeTold().sort(), ["1 delivered", "1 noted"]);
  });

  it("is given again later if a process gives it back, and ends if that refuses it for good", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    pair.beta.takeGiven();
    pair.beta.acknowledge("worker", 1, "alpha", failure("queue_full", "too much"));
    assert.deepEqual(pair.beta.takeGiven(), [], "not at once, or it would go round and round");
    pair.pass(1000);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.beta.acknowledge("worker", 1, "alpha", failure("denied", "never"));
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 denied"]);
  });

  it("is forgotten an hour after its life where its sender never says that it has the outcome", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 10_000 });
    pair.run();
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.lose();
    pair.part();
    pair.advance(60_000);
    assert.deepEqual(pair.beta.store.ids(), [idOf(1)]);
    pair.advance(3_700_000);
    pair.flush();
    assert.deepEqual(pair.beta.store.ids(), []);
  });

  for (const ordered of [false, true]) {
    const which = ordered ? "an ordered one" : "an unordered one";
    it(`that is sent under its id once that is remembered no more is another one (${which})`, () => {
      const pair = pairWithWorker();
      const more = { ...DURABLE, ordered, ttlMs: 60_000 };
      for (const day of ["first", "second"]) {
        pair.alpha.send("a", "beta//jobs", 1, more);
        pair.run();
        assert.deepEqual(pair.beta.takeGiven(), [1], day);
        pair.beta.acknowledge("worker", 1, "alpha");
        pair.run();
        assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 delivered"], day);
        for (let minutes = 0; minutes < 80; minutes += 10) pair.advance(600_000);
        assert.deepEqual(pair.alpha.store.ids(), []);
        pair.beta.claim("worker");
      }
    });
  }

  it("is still known to have ended where its manor's date leapt far past its life", () => {
    const sentAgain = (endsFirst: boolean) => {
      const pair = pairWithWorker();
      pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 10_000 });
      if (endsFirst) {
        pair.run();
        pair.beta.acknowledge("worker", 1, "alpha");
        pair.run();
      }
      pair.alpha.aheadMs = 3 * 3_600_000;
      pair.restart("alpha");
      pair.pass(endsFirst ? 300_000 : 1_800_000);
      pair.alpha.takeTold();
      pair.alpha.attach("a");
      pair.alpha.send("a", "beta//jobs", 1, { ...DURABLE, ttlMs: 10_000 });
      pair.run();
      return pair.alpha.takeTold();
    };
    assert.deepEqual(sentAgain(false), ["1 outcome_unknown"]);
    assert.deepEqual(sentAgain(true), ["1 delivered"]);
  });
});
