/**
 * What nobody can grow past a line of limits.ts, of durable messages.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  DURABLE_BYTES_MAX,
  DURABLE_IDS_MAX,
  DURABLE_IN_FLIGHT_MAX,
  DURABLE_MESSAGES_MAX,
  DURABLE_OUTCOMES_MAX,
  DURABLE_PRUNE_MS,
  DURABLE_SHARE_OF_ESTATE,
  SHARES_KEPT_PER_ESTATE_MAX,
} from "../../src/base/limits.ts";
import { boundsOf } from "../../src/manor/durable.ts";
import type { DurableChange } from "../../src/route/durable/store.ts";
import { makeEnvelope, packEnvelope } from "../../src/route/envelope.ts";
import { idOf, pairWithWorker, type RouterPair } from "../support/router_pair.ts";

const DURABLE = { durable: true } as const;

describe("durable messages", () => {
  it("wait up to so many, which is said, and one that has ended makes room for another", () => {
    const pair = pairWithWorker();
    pair.alpha.router.durable!.configure(boundsOf({}));
    pair.part();
    for (let n = 1; n <= DURABLE_MESSAGES_MAX; n++) pair.alpha.put("a", "beta//jobs", n, DURABLE);
    pair.flush();
    assert.ok(!pair.alpha.takeTold().some((line) => line.endsWith("queue_full")));
    const last = DURABLE_MESSAGES_MAX + 1;
    pair.alpha.send("a", "beta//jobs", last, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), [`${last} queue_full`]);
    pair.alpha.router.durable!.configure(boundsOf({ durableMessages: DURABLE_MESSAGES_MAX + 1 }));
    pair.alpha.send("a", "beta//jobs", last, DURABLE);
    assert.ok(pair.alpha.takeTold().includes(`${last} stored`));
  });

  it("wait up to so many bytes, which is said", () => {
    const pair = pairWithWorker();
    pair.alpha.router.durable!.configure(boundsOf({}));
    pair.part();
    const payload = { bytes: new Uint8Array(60 * 1024 * 1024) };
    const fitting = Math.ceil(DURABLE_BYTES_MAX / payload.bytes.length);
    for (let n = 1; n <= fitting + 1; n++) {
      pair.alpha.send("a", "beta//jobs", n, { ...DURABLE, payload });
    }
    const told = pair.alpha.takeTold().filter((line) => !line.endsWith("waiting"));
    assert.deepEqual(told, ["1 stored", "2 stored", "3 stored", "4 queue_full"]);
  });

  it("count for what they take in memory, where that is many times their bytes on disk", () => {
    const pair = pairWithWorker();
    const bytesMax = 4 * 1024 * 1024;
    pair.alpha.router.durable!.configure({ messagesMax: 1000, bytesMax });
    pair.part();
    const payload = { dense: Array.from({ length: 100_000 }, () => []) }; // a byte each on disk
    for (let n = 1; n <= 5; n++) pair.alpha.send("a", "beta//jobs", n, { ...DURABLE, payload });
    const told = pair.alpha.takeTold().filter((line) => !line.endsWith("waiting"));
    assert.deepEqual(told, [
      "1 stored",
      "2 stored",
      "3 queue_full",
      "4 queue_full",
      "5 queue_full",
    ]);
  });

  it("are given to one estate up to so many at once, and the rest once it has told of some", () => {
    const pair = pairWithWorker();
    pair.alpha.router.durable!.configure(boundsOf({}));
    pair.beta.router.durable!.configure(boundsOf({}));
    const count = DURABLE_IN_FLIGHT_MAX + 50;
    for (let n = 1; n <= count; n++) pair.alpha.put("a", "beta//jobs", n, DURABLE);
    pair.flush();
    const isMessage = ({ envelope }: RouterPair["road"][number]) => envelope.id !== "";
    assert.equal(pair.road.filter(isMessage).length, DURABLE_IN_FLIGHT_MAX);
    const got = new Set<number>();
    for (let rounds = 0; rounds < count && got.size < count; rounds++) {
      pair.pass(100);
      for (const n of pair.beta.takeGiven()) {
        got.add(n);
        pair.beta.acknowledge("worker", n, "alpha");
      }
    }
    assert.equal(got.size, count);
  });

  it("go to an estate at once where all that it was given is refused for now and frees its places", () => {
    const pair = pairWithWorker();
    pair.alpha.router.durable!.configure(boundsOf({}));
    pair.beta.router.durable!.configure({ messagesMax: 0, bytesMax: 0 });
    const count = DURABLE_IN_FLIGHT_MAX + 1;
    for (let n = 1; n <= count; n++) pair.alpha.put("a", "beta//jobs", n, DURABLE);
    pair.run();
    assert.equal(pair.beta.router.counters.get("queue_full"), DURABLE_IN_FLIGHT_MAX);
    pair.beta.router.durable!.configure(boundsOf({}));
    assert.ok(pair.alpha.router.deadline() <= pair.now, "nothing else has to come first");
    pair.advance(0);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [count], "those refused are not tried again yet");
  });

  it("of other estates are not taken on while too many ids are remembered", () => {
    const pair = pairWithWorker();
    const half = DURABLE_IDS_MAX / 2;
    let rest = half;
    pair.beta.store.ended = () => new Map([["gamma", half], ["delta", rest]]);
    pair.restart("beta");
    pair.beta.claim("worker");
    pair.alpha.send("a", "beta//jobs", 1, DURABLE);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    assert.ok(!pair.alpha.takeTold().includes("1 delivered"));
    assert.ok(pair.beta.router.counters.get("queue_full") > 0);
    rest--;
    pair.beta.router.advance(pair.now += DURABLE_PRUNE_MS + 1);
    pair.beta.claim("worker");
    pair.pass(2000);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
  });

  it("of one estate bring about so many shares that nobody claims, and those of others find some", () => {
    const pair = pairWithWorker();
    const { router } = pair.beta;
    router.durable!.configure(boundsOf({}));
    pair.beta.attach("b");
    // Not as ours would: no more than that of one of ours are under way.
    const receive = (n: number, share: string) => {
      const source = { estate: "alpha", yard: "a", share: "" };
      const destination = { estate: "beta", yard: "", share };
      const known = { source, destination, id: idOf(n), wants: true, ...DURABLE, payload: { n } };
      router.fromRoad("alpha", packEnvelope(makeEnvelope(known)), pair.now);
      router.flush(pair.now);
    };
    const refused = () => router.counters.get("queue_full");
    for (let n = 1; n <= SHARES_KEPT_PER_ESTATE_MAX; n++) receive(n, `s${n}`);
    assert.equal(refused(), 0);
    receive(2001, "another");
    assert.equal(refused(), 1);
    receive(2002, "s1");
    receive(2003, "jobs");
    assert.equal(refused(), 1, "those are there");
    pair.beta.send("b", "//another", 3001, DURABLE);
    assert.deepEqual(pair.beta.takeTold(), ["3001 stored"]);
    receive(2004, "another");
    assert.equal(refused(), 1, "somebody else brought it about");
    pair.beta.claim("b", "s2");
    receive(2005, "fresh");
    assert.equal(refused(), 1, "one is there for its claimant by now");
    receive(2006, "fresher");
    assert.equal(refused(), 2);
  });

  it("of one estate are not taken on while half of those are its own: others' are", () => {
    const pair = pairWithWorker();
    const most = DURABLE_IDS_MAX * DURABLE_SHARE_OF_ESTATE;
    const ended = new Map([["alpha", most - 1], ["", DURABLE_OUTCOMES_MAX]]);
    pair.beta.store.ended = () => ended;
    pair.restart("beta");
    pair.beta.claim("worker");
    const { router } = pair.beta;
    const deliver = (n: number) => {
      pair.alpha.send("a", "beta//jobs", n, DURABLE);
      pair.run();
      if (!pair.beta.takeGiven().includes(n)) return false;
      pair.beta.acknowledge("worker", n, "alpha");
      return true;
    };
    assert.ok(deliver(1), "one more can be remembered");
    assert.ok(!deliver(2), "and no other");
    assert.ok(router.counters.get("queue_full") > 0);
    assert.ok(router.counters.get("estate_durable_full") > 0);
    router.fromRoad(
      "gamma",
      packEnvelope(makeEnvelope({
        source: { estate: "gamma", yard: "c", share: "" },
        destination: { estate: "beta", yard: "", share: "jobs" },
        id: idOf(3),
        wants: true,
        payload: { n: 3 },
        ...DURABLE,
      })),
      pair.now,
    );
    pair.beta.send("worker", "//jobs", 4, DURABLE);
    assert.deepEqual(pair.beta.takeGiven(), [3, 4]);
    pair.run(); // alpha has it on disk that the first was delivered, and says so
    pair.pass(2000);
    assert.deepEqual(pair.beta.takeGiven(), [2], "it comes again once one is forgotten");
  });

  it("leave outcomes up to so many", () => {
    const pair = pairWithWorker();
    const changes: DurableChange[] = [];
    const { store } = pair.alpha;
    const apply = store.apply.bind(store);
    store.apply = (all) => {
      changes.push(...all);
      apply(all);
    };
    pair.advance(DURABLE_PRUNE_MS + 1);
    const [trim] = changes.filter((change) => change.is === "trim");
    assert.deepEqual(trim, { is: "trim", left: DURABLE_OUTCOMES_MAX });
  });
});
