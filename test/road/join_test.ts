import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HALF_OPEN_JOINS_MAX } from "../../src/base/limits.ts";
import { Drop } from "../../src/base/drop.ts";
import { type Packet, packPacket, parsePacket } from "../../src/wire/packet.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import {
  ATTACKER,
  falseBody,
  falseSource,
  forgeAck,
  forgeJoin,
  forgeRequest,
  nearUidOf,
} from "../support/forge.ts";
import { areReady, isKind } from "../support/road_pair.ts";
import { type SimEstate, type SimOptions, SimRoad } from "../support/sim_road.ts";

/** Two estates, the first main; not joined yet. */
function pair(
  main: SimOptions = {},
  other: SimOptions = {},
  seed = 1,
): [SimRoad, SimEstate, SimEstate] {
  const world = new SimRoad(seed);
  return [world, world.add("alpha", { main: true, ...main }), world.add("beta", other)];
}

/** A main that lost its records, and with them the number that gamma has; gamma is away, and beta new. */
function forgetfulMain(): [SimRoad, SimEstate, SimEstate, SimEstate] {
  const world = new SimRoad(1);
  const alpha = world.add("alpha", { main: true, mutable: true });
  const [beta, gamma] = [world.add("beta"), world.add("gamma", { mutable: true })];
  gamma.join(alpha);
  assert.ok(world.runUntil(() => areReady(alpha, gamma), 1000));
  for (const estate of [alpha, gamma]) estate.kill();
  alpha.store.files.clear();
  alpha.start();
  return [world, alpha, beta, gamma];
}

function talks(world: SimRoad, a: SimEstate, b: SimEstate): void {
  const handle = a.send({ are: "you there" }, b.name);
  world.run(300);
  assert.deepEqual(a.outcomes.get(handle), ["acknowledged"]);
}

describe("joining", () => {
  it("with a number that is another's by now is told to come as a stranger", () => {
    const [world, alpha, beta, gamma] = forgetfulMain();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    gamma.start();
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 10_000));
    assert.ok(areReady(alpha, beta), "whose number it is keeps it");
  });

  it("with a number that is another's by now takes it from nobody, though that one has not shown its keys yet", () => {
    const [world, alpha, beta, gamma] = forgetfulMain();
    world.weather.drops = (_from, _to, bytes) =>
      isKind(bytes, TransactionKind.allow, PacketKind.hello);
    beta.join(alpha);
    world.run(1000);
    assert.equal(alpha.remote("beta")!.state, "joined");
    beta.kill();
    world.run(6000);
    gamma.start();
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 10_000));
    assert.equal(alpha.remote("beta")?.state, "joined");
    beta.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  });

  it("that is accepted whatever an operator said ends what was said", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "always" });
    const beta = world.add("beta");
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    alpha.up.keys.reject("beta", world.now);
    world.collect();
    world.run(100);
    beta.kill();
    beta.store.files.clear();
    beta.start();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    assert.equal(alpha.remote("beta")!.rejected, false);
  });

  it("that was refused is begun anew at once when it is asked for again", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "never" });
    const beta = world.add("beta");
    beta.join(alpha);
    world.run(50);
    alpha.up.keys.reject("beta", world.now);
    world.collect();
    world.run(50);
    assert.equal(beta.up.transactions(world.now).length, 0, "it was rejected, and waits");
    alpha.up.keys.remove("beta", world.now);
    alpha.up.setAuto("once");
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
  });

  it("takes four round trips until messages flow: join, two of allow, alive", () => {
    const [world, alpha, beta] = pair();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
    assert.ok(world.now - 1000 <= 4 * 2 * world.weather.latencyMs, `${world.now - 1000} ms`);
    assert.deepEqual(beta.states(), ["joined", "alive", "allowed", "ready"]);
  });

  it("works for names, roles and kinds as they are", () => {
    const [world, alpha, beta] = pair({}, { role: "minion" });
    beta.join(alpha);
    world.run(100);
    const view = alpha.remote("beta")!;
    assert.deepEqual([view.role, view.main, view.state], ["minion", false, "allowed"]);
    assert.equal(beta.remote("alpha")!.main, true);
  });

  it("goes on for ever while nobody answers, and less often with time", () => {
    const [world, alpha, beta] = pair();
    alpha.kill();
    beta.join(alpha);
    world.run(3_600_000);
    const asked = world.packets;
    assert.ok(asked > 400 && asked < 600, `${asked} requests in an hour`);
  });

  it("comes within ten seconds of the other side's coming, however long that was away", () => {
    for (const awayMs of [10_000, 100_000, 290_000, 3_600_000, 3_609_000]) {
      const [world, alpha, beta] = pair();
      alpha.kill();
      beta.join(alpha);
      world.run(awayMs);
      alpha.start();
      assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000), `after ${awayMs} ms`);
    }
  });

  it("with the ids of one before, but from who forgot us since, is answered as what it is", () => {
    const [world, alpha, beta] = pair();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    let request: Uint8Array | null = null;
    const answeredFrom: number[] = [];
    world.weather.drops = (from, _to, bytes) => {
      const packet = parsePacket(bytes);
      if (packet instanceof Drop || packet.head.transactionKind !== TransactionKind.join) {
        return true;
      }
      const { packetKind, sourceId } = packet.head;
      if (from === "beta" && packetKind === PacketKind.request) request ??= bytes;
      if (from === "alpha" && packetKind === PacketKind.response) answeredFrom.push(sourceId);
      return from === "alpha" || packetKind !== PacketKind.request;
    };
    beta.kill();
    beta.start();
    beta.up.begin("join", "alpha", world.now);
    world.run(1000);
    const known = nearUidOf(alpha, "beta");
    assert.ok(answeredFrom.length > 0 && answeredFrom.every((id) => id === known));
    beta.kill();
    world.run(10);
    const { head, coat } = parsePacket(request!) as Packet;
    world.inject(
      packPacket({ ...head, destinationId: 0 }, coat, null),
      beta.address,
      alpha.address,
    );
    world.run(10);
    assert.equal(answeredFrom.at(-1), 0, "who names no number takes no answer from one");
  });

  it("is completed by a signed packet when the joiner's ack is lost", () => {
    const [world, alpha, beta] = pair();
    world.weather.drops = (from, _to, bytes) =>
      from === "beta" && isKind(bytes, TransactionKind.join, PacketKind.ack);
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
  });

  it("of two mains at once ends in one pairing on each side", () => {
    const world = new SimRoad(3);
    const [a, b] = [world.add("alpha", { main: true }), world.add("beta", { main: true })];
    a.join(b);
    b.join(a);
    assert.ok(world.runUntil(() => areReady(a, b), 5000));
    assert.deepEqual([a.up.remotes().length, b.up.remotes().length], [1, 1]);
    talks(world, a, b);
    talks(world, b, a);
  });

  it("of ours waits while the other side is joining us, so that neither forgets a number it gave", () => {
    const [world, alpha, beta] = pair({}, { main: true });
    const { latencyMs } = world.weather;
    let requests = 0;
    world.weather.drops = (from, _to, bytes) => {
      const packet = parsePacket(bytes);
      if (packet instanceof Drop || from !== "alpha") return false;
      const { transactionKind, packetKind } = packet.head;
      const { join } = TransactionKind;
      if (transactionKind === join && packetKind === PacketKind.request) requests++;
      return false;
    };
    beta.join(alpha);
    world.run(1.5 * latencyMs);
    alpha.join(beta);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 2000));
    assert.equal(requests, 0);
    talks(world, alpha, beta);
    talks(world, beta, alpha);
  });

  it("is rejected by an estate that is not main, and tried again", () => {
    const world = new SimRoad(1);
    const [a, b] = [world.add("alpha", {}), world.add("beta", {})];
    b.join(a);
    world.run(30_000);
    assert.ok(b.states().filter((state) => state === "rejected").length >= 2);
    assert.equal(a.up.remotes().length, 0);
  });

  it("gets no answer under the name of the other side", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true });
    world.inject(forgeRequest("alpha", 9), ATTACKER, alpha.address);
    assert.equal(alpha.up.counters.get("own_name"), 1);
    assert.equal(world.packets, 0);
  });
});

describe("keys that wait for an operator", () => {
  it("are accepted at once when the operator says so", () => {
    const [world, alpha, beta] = pair({ auto: "never" });
    beta.join(alpha);
    world.run(10_000);
    assert.deepEqual(alpha.states(), ["pending"]);
    assert.deepEqual(beta.states(), ["pending"]);
    assert.equal(alpha.up.remotes()[0].state, "pending");
    assert.throws(() => alpha.send({}, "beta"), { code: "refused" });
    assert.deepEqual(alpha.up.keys.list().map(({ role, acceptance }) => [role, acceptance]), [
      ["beta", "pending"],
    ]);
    alpha.up.keys.accept("beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
  });

  it("are rejected at once, and accepted later all the same", () => {
    const [world, alpha, beta] = pair({ auto: "never" });
    beta.join(alpha);
    world.run(1000);
    alpha.up.keys.reject("beta", world.now);
    world.collect();
    world.run(100);
    assert.ok(beta.states().includes("refused"));
    world.run(30_000);
    assert.ok(beta.states().includes("rejected"));
    alpha.up.keys.accept("beta", world.now);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 61_000));
  });

  it("that are rejected in a session end it for both, with one word and without a storm", () => {
    const [world, alpha, beta] = pair();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 5000));
    alpha.up.keys.reject("beta", world.now);
    world.collect();
    const packets = world.packets;
    const handle = beta.send({ is: "anybody there" }, "alpha");
    world.run(60_000);
    const sent = beta.events.find((event) => event.type === "sent" && event.handle === handle);
    // It was refused; that a copy of it was not taken before that, nobody can say.
    assert.ok(sent?.type === "sent");
    assert.equal(sent.outcome, "outcome_unknown");
    assert.match(sent.message ?? "", /rejected our key/);
    assert.ok(world.packets - packets < 60, `${world.packets - packets} packets in a minute`);
    assert.equal(beta.states().filter((state) => state === "rejected").length, 1);
    assert.throws(() => beta.send({}, "alpha"), /rejected our key/);
    alpha.up.keys.accept("beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 11_000));
    talks(world, beta, alpha);
  });

  it("may be those of the estate that is joined", () => {
    const [world, alpha, beta] = pair({}, { auto: "never" });
    beta.join(alpha);
    world.run(20_000);
    assert.ok(beta.states().includes("pending"));
    beta.up.keys.accept("alpha", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
  });

  it("end the sessions of their role when they are rejected, and begin them anew when accepted", () => {
    const [world, alpha, beta] = pair({ auto: "once" });
    beta.join(alpha);
    world.run(100);
    const handle = beta.send({ n: 1 }, "alpha");
    alpha.up.keys.reject("beta", world.now);
    world.collect();
    world.run(20_000);
    assert.ok(["failed", "outcome_unknown"].includes(beta.outcomes.get(handle)?.[0] ?? "failed"));
    assert.equal(alpha.received.length, 0);
    assert.throws(() => alpha.send({}, "beta"), { code: "rejected" });
    assert.ok(beta.states().includes("rejected"));
    alpha.up.keys.accept("beta", world.now);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 61_000));
    talks(world, beta, alpha);
  });

  it("can be forgotten, so that a host with a new home may come with new ones", () => {
    const [world, alpha, beta] = pair({ auto: "once", mutable: true });
    beta.join(alpha);
    world.run(100);
    beta.kill();
    beta.loseHome();
    beta.start().join(alpha);
    world.run(20_000);
    assert.ok(beta.states().includes("rejected"));
    assert.equal(areReady(alpha, beta), false);
    alpha.up.keys.remove("beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 61_000));
    assert.throws(() => alpha.up.keys.remove("nobody", world.now), { code: "no_key" });
  });
});

describe("a road that is", () => {
  const moved = (mutable: boolean): [SimRoad, SimEstate, SimEstate] => {
    const [world, alpha, beta] = pair({ mutable }, { mutable });
    beta.join(alpha);
    world.run(100);
    beta.kill();
    beta.address = { host: "10.0.0.1", port: 7999 };
    beta.start();
    return [world, alpha, beta];
  };

  it("mutable lets an estate come back from another port", () => {
    const [world, alpha, beta] = moved(true);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 30_000));
    assert.equal(alpha.remote("beta")!.address.port, 7999);
    talks(world, alpha, beta);
  });

  it("immutable does not, and keeps what it knows", () => {
    const [world, alpha, beta] = moved(false);
    world.run(60_000);
    assert.equal(areReady(alpha, beta), false);
    assert.equal(alpha.remote("beta")!.address.port, 7001);
    assert.ok(beta.states().includes("rejected"));
    assert.ok(beta.remote("alpha"), "a reject that anybody can forge removes no record");
  });

  it("mutable takes an estate back that forgot us, but not its number", () => {
    const [world, alpha, beta] = pair({ mutable: true }, { mutable: true });
    beta.join(alpha);
    world.run(100);
    alpha.kill();
    for (const path of [...alpha.store.files.keys()]) {
      if (path.includes("/remote/estate.")) alpha.store.files.delete(path);
    }
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 30_000));
    talks(world, alpha, beta);
  });
});

describe("a forged join", () => {
  const joined = (options: SimOptions): [SimRoad, SimEstate, SimEstate] => {
    const [world, alpha, beta] = pair({ mutable: true, ...options }, { mutable: true });
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
    alpha.events.length = beta.events.length = 0;
    return [world, alpha, beta];
  };

  it("with other keys does not replace a remote that answers an alive", () => {
    const [world, alpha, beta] = joined({ auto: "always" });
    const files = new Map(alpha.store.files);
    for (const [i, destinationId] of [0, nearUidOf(alpha, "beta")].entries()) {
      for (const from of [ATTACKER, beta.address]) {
        const ids = { destinationId, transactionId: 900 + i };
        world.inject(forgeRequest("beta", 9, ids), from, alpha.address);
        world.inject(forgeAck(ids), from, alpha.address);
      }
    }
    world.run(10_000);
    assert.equal(alpha.up.counters.get("joins_disproved"), 4);
    assert.deepEqual(alpha.states(), []);
    assert.deepEqual(new Map(alpha.store.files), files);
    talks(world, alpha, beta);
    talks(world, beta, alpha);
  });

  it("does not replace a remote that lost its session and holds its keys", () => {
    const [world, alpha, beta] = joined({ auto: "always" });
    alpha.up.tune({ automatic: false });
    beta.kill();
    world.weather.drops = (from, _to, bytes) =>
      from === "beta" && !isKind(bytes, TransactionKind.alive);
    beta.start();
    world.inject(forgeRequest("beta", 9), ATTACKER, alpha.address);
    world.inject(forgeAck(), ATTACKER, alpha.address);
    world.run(5000);
    assert.equal(alpha.up.counters.get("joins_disproved"), 1);
    assert.deepEqual(alpha.remote("beta")!.address, beta.address);
    alpha.up.tune({ automatic: true });
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  });

  it("of a new estate with the role of another does not replace the role's keys", () => {
    const [world, alpha, beta] = joined({ auto: "always" });
    const body = { ...falseBody("gamma", 9), role: "beta" };
    const ids = { sourceId: 77, transactionId: 1 };
    world.inject(forgeJoin(PacketKind.request, ids, body), ATTACKER, alpha.address);
    world.inject(forgeAck(), ATTACKER, alpha.address);
    world.run(1000);
    alpha.kill();
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  });

  it("that says reject, renew, refuse or nack ends no session and removes no record", () => {
    const [world, alpha, beta] = joined({});
    for (const kind of [PacketKind.reject, PacketKind.renew, PacketKind.refuse, PacketKind.nack]) {
      for (let transactionId = 1; transactionId < 8; transactionId++) {
        for (const [victim, as] of [[alpha, beta], [beta, alpha]] as const) {
          const near = nearUidOf(victim, as.name);
          const far = nearUidOf(as, victim.name);
          for (const sourceId of [0, far]) {
            const ids = { sourceId, destinationId: near, transactionId };
            const cf = forgeJoin(kind, { ...ids, flags: Flag.correspondent });
            world.inject(cf, as.address, victim.address);
            world.inject(forgeJoin(kind, { ...ids, sourceId: far }), as.address, victim.address);
          }
        }
      }
    }
    world.run(10_000);
    assert.deepEqual([alpha.states(), beta.states()], [[], []]);
    talks(world, alpha, beta);
    talks(world, beta, alpha);
  });

  it("during an outage ends no more than the attempt at hand", () => {
    const [world, alpha, beta] = joined({});
    world.weather.lossShare = 1;
    world.run(12_000);
    assert.deepEqual(beta.states(), ["lost"]);
    for (const kind of [PacketKind.reject, PacketKind.renew, PacketKind.nack]) {
      const [near, far] = [nearUidOf(beta, "alpha"), nearUidOf(alpha, "beta")];
      for (let transactionId = 1; transactionId < 30; transactionId++) {
        for (const sourceId of [0, far]) {
          const ids = { sourceId, destinationId: near, transactionId, flags: Flag.correspondent };
          world.inject(forgeJoin(kind, ids), alpha.address, beta.address);
        }
      }
      world.run(3000);
    }
    world.weather.lossShare = 0;
    assert.ok(
      world.runUntil(
        () => alpha.remote("beta")?.alive === true && beta.remote("alpha")?.alive === true,
        70_000,
      ),
    );
    talks(world, beta, alpha);
  });

  it("that answers a first join with false keys delays it and no more", () => {
    const [world, alpha, beta] = pair({}, { auto: "once" });
    // The answer is there before the request is.
    beta.join(alpha);
    const answer = forgeJoin(
      PacketKind.response,
      { destinationId: 18, transactionId: 1, flags: Flag.correspondent },
      falseBody("alpha", 9, 55),
    );
    world.inject(answer, alpha.address, beta.address);
    assert.ok(beta.states().includes("joined"));
    assert.ok(world.runUntil(() => areReady(alpha, beta), 30_000), beta.states().join());
    talks(world, beta, alpha);
  });

  it("in the name of a newcomer delays it and no more, also on an immutable road", () => {
    const [world, alpha, beta] = pair({ auto: "once" }, { auto: "once" });
    world.inject(forgeRequest("beta", 9), ATTACKER, alpha.address);
    world.inject(forgeAck(), ATTACKER, alpha.address);
    assert.ok(alpha.states().includes("joined"));
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000), beta.states().join());
    talks(world, beta, alpha);
  });

  it("or thousands of them fill nothing, and a newcomer still gets in", () => {
    const [world, alpha, beta] = pair();
    for (let i = 0; i < 5000; i++) {
      const from = falseSource(i);
      world.inject(forgeRequest(`x${i}`, i), from, alpha.address);
      if (i % 4 === 0) world.inject(forgeAck(), from, alpha.address);
    }
    assert.ok(alpha.up.remotes().length <= 2 * HALF_OPEN_JOINS_MAX);
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 30_000));
    assert.ok(alpha.up.remotes().length <= 2 * HALF_OPEN_JOINS_MAX + 1);
  });

  it("is asked about once, and makes us say little to who did not ask", () => {
    const [world, alpha] = pair();
    world.recording = true;
    const request = forgeRequest("gamma", 3);
    world.inject(request, ATTACKER, alpha.address);
    world.run(120_000);
    const bytes = world.sent.filter(({ to }) => to === "10.6.6.6:6666")
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(bytes < 10 * request.length, `${bytes} bytes for ${request.length}`);
  });
});
