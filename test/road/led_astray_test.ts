/**
 * A first join that an attacker answers, or joins in the name of, while whoever is to be joined does not hear of
 * it: once that is over the two meet all the same, where the operator said.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Body } from "../../src/base/value.ts";
import { makeIdentity } from "../../src/road/identity.ts";
import { unpackBody } from "../../src/wire/body.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import type { Packet } from "../../src/wire/packet.ts";
import {
  ATTACKER,
  falseBody,
  forgeAck,
  forgeJoin,
  forgeRequest,
  nearUidOf,
} from "../support/forge.ts";
import { areReady, packetOf } from "../support/road_pair.ts";
import { type SimEstate, type SimOptions, SimRoad } from "../support/sim_road.ts";

/** A main and an estate that is told to join it, whose packets an attacker keeps and answers. */
function astray(options: SimOptions) {
  const world = new SimRoad(1);
  const alpha = world.add("alpha", { main: true });
  const beta = world.add("beta", options);
  const heard: Packet[] = [];
  /** Keeps all back from now on, or only what is of no join. */
  const cut = (joins: boolean) =>
    world.weather.drops = (_from, _to, bytes) => {
      const packet = packetOf(bytes, TransactionKind.join);
      if (packet) heard.push(packet);
      return joins || packet === null;
    };
  const isWell = () => areReady(alpha, beta);
  return { world, alpha, beta, heard, cut, isWell };
}

/** Answers the join that an estate just began, in the name of the one that it went to. */
function answer(world: SimRoad, request: Packet, by: SimEstate, to: SimEstate, name: string): void {
  const { sourceId, transactionId } = request.head;
  const ids = { destinationId: sourceId, transactionId, flags: Flag.correspondent };
  const bytes = forgeJoin(PacketKind.response, ids, falseBody(name, 9, 77));
  world.inject(bytes, by.address, to.address);
}

describe("a first join that an attacker meddles with", () => {
  it("does not wait for a key that is made up, when that of the main is accepted already", () => {
    const { world, alpha, beta, heard, cut, isWell } = astray({ auto: "never" });
    const keys = makeIdentity(world.crypto, alpha.up.local);
    beta.up.keys.merge({ role: "alpha", acceptance: "accepted", ...keys }, world.now);
    cut(true);
    beta.join(alpha);
    answer(world, heard[0], alpha, beta, "evil");
    assert.deepEqual(beta.states(), ["pending"]);
    world.weather.drops = null;
    assert.ok(world.runUntil(isWell, 15_000));
  });

  for (const whose of ["its", "made up"]) {
    it(`is not led away from where the operator said its main is, by ${whose} keys`, () => {
      const { world, alpha, beta, heard, cut, isWell } = astray({ auto: "once", mutable: true });
      cut(false);
      beta.join(alpha);
      world.run(8000);
      const answered = heard.find(({ head }) => head.packetKind === PacketKind.response)!;
      const real = unpackBody(answered.head.bodyKind, answered.coat) as Body;
      // Without the signature, as a reference says it.
      const body = whose === "its" ? { ...real, raet: { v: 1 } } : falseBody("alpha", 9);
      const ids = {
        sourceId: nearUidOf(alpha, "beta"),
        destinationId: nearUidOf(beta, "alpha"),
        transactionId: 500,
      };
      world.inject(forgeJoin(PacketKind.request, ids, body), ATTACKER, beta.address);
      world.inject(forgeJoin(PacketKind.ack, ids), ATTACKER, beta.address);
      world.weather.drops = null;
      assert.ok(world.runUntil(isWell, 20_000));
    });
  }

  it("finds its main also under a name that somebody took who never showed a key", () => {
    const { world, alpha, beta, heard, cut, isWell } = astray({ auto: "once", main: true });
    cut(true);
    beta.join(alpha);
    answer(world, heard[0], alpha, beta, "evil");
    world.inject(forgeRequest("alpha", 5), ATTACKER, beta.address);
    world.inject(forgeAck(), ATTACKER, beta.address);
    assert.deepEqual(beta.up.remotes().map(({ name }) => name), ["evil", "alpha"]);
    world.run(6000);
    world.weather.drops = null;
    assert.ok(world.runUntil(isWell, 20_000));
  });

  it("is made once more where who was taken for its main turns out to be elsewhere", () => {
    const { world, alpha, beta, heard, cut } = astray({ auto: "once", mutable: true });
    const gamma = world.add("gamma", { main: true });
    gamma.kill();
    cut(true);
    beta.join(gamma);
    answer(world, heard[0], gamma, beta, "alpha");
    world.run(6000);
    world.weather.drops = null;
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    gamma.start();
    assert.ok(world.runUntil(() => areReady(beta, gamma), 20_000));
  });
});
