import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Drop } from "../../src/base/drop.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { areReady, isOfMessage, joined } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

describe("what a peer can do", () => {
  it("is known on both sides before messages flow, and learnt anew in each session", () => {
    const [world, alpha, beta] = joined({}, { features: ["a", "b"] });
    assert.deepEqual(alpha.remote("beta")!.capabilities?.features, ["a", "b"]);
    const epoch = alpha.remote("beta")!.capabilities!.epoch;
    beta.kill();
    beta.start();
    world.run(1000);
    assert.notEqual(alpha.remote("beta")!.capabilities!.epoch, epoch);
  });

  it("is nothing for a classic peer, which gets no sealed alive", () => {
    for (const classic of ["alpha", "beta"]) {
      const world = new SimRoad(3);
      world.recording = true;
      const alpha = world.add("alpha", {
        main: true,
        ...(classic === "alpha" ? { features: null } : {}),
      });
      const beta = world.add("beta", classic === "beta" ? { features: null } : {});
      beta.join(alpha);
      world.run(20_000);
      assert.ok(areReady(alpha, beta));
      assert.deepEqual([alpha.remote("beta")!.capabilities, beta.remote("alpha")!.capabilities], [
        null,
        null,
      ]);
      for (const { bytes } of world.sent) {
        const packet = parsePacket(bytes);
        if (packet instanceof Drop || packet.head.transactionKind !== TransactionKind.alive) {
          continue;
        }
        assert.equal(packet.coat.length, 0);
      }
    }
  });

  it("is given up after three attempts a session, each redone empty", () => {
    const world = new SimRoad(3);
    const alpha = world.add("alpha", { main: true });
    const beta = world.add("beta", {});
    let filled = 0;
    world.weather.drops = (_f, _t, bytes) => {
      const packet = parsePacket(bytes);
      const isFilled = !(packet instanceof Drop) && packet.coat.length > 0 &&
        packet.head.transactionKind === TransactionKind.alive;
      if (isFilled) filled++;
      return isFilled;
    };
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    assert.ok(filled <= 6, `${filled} filled alives`);
    assert.equal(beta.remote("alpha")!.capabilities, null);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });
});

describe("the trace", () => {
  it("tells the steps of every transaction when somebody watches, and nothing else", () => {
    const [world, , beta] = joined({}, {});
    assert.equal(beta.events.filter(({ type }) => type === "transaction").length, 0);
    beta.up.tune({ trace: true });
    let lost = 0;
    world.weather.drops = (_f, _t, bytes) => isOfMessage(bytes, PacketKind.message) && lost++ === 0;
    beta.send({ n: 1 }, "alpha");
    world.run(1000);
    const steps = beta.events.flatMap((event) => event.type === "transaction" ? [event] : []);
    assert.deepEqual(steps.map(({ phase }) => phase), ["began", "redo", "ended"]);
    assert.equal(new Set(steps.map(({ id }) => id)).size, 1);
    const [end] = steps.slice(-1);
    assert.deepEqual([end.kind, end.ours, end.estate, end.redos, end.packets], [
      "message",
      true,
      "alpha",
      1,
      3,
    ]);
    assert.equal(end.outcome, "done");
  });
});
