import assert from "node:assert/strict";
import { describe, it } from "node:test";
import process from "node:process";
import { COOKIE_SECRET_MS } from "../../src/base/limits.ts";
import { packHello } from "../../src/wire/handshake.ts";
import { makeHead } from "../../src/wire/head.ts";
import { BodyKind, FootKind, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { packPacket } from "../../src/wire/packet.ts";
import { nearUidOf, withoutHint } from "../support/forge.ts";
import { heapBytes } from "../support/heap.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

/** In the gate some; RAET_TEST_HELLOS=1000000 takes minutes, and grows no more. */
const HELLOS = Number(process.env.RAET_TEST_HELLOS ?? 50_000);
const { allow } = TransactionKind;

/** Datagrams of one kind that an estate sends, while they are also lost if that is said. */
function catchAll(world: SimRoad, from: SimEstate, kind: number, lose: boolean): Uint8Array[] {
  const caught: Uint8Array[] = [];
  world.weather.drops = (name, _to, bytes) => {
    if (name !== from.name || !isKind(bytes, allow, kind)) return false;
    caught.push(bytes.slice());
    return lose;
  };
  return caught;
}

function begin(world: SimRoad, client: SimEstate, server: SimEstate): void {
  client.up.begin("allow", server.name, world.now);
  world.collect();
}

describe("a cookie", () => {
  it("is made anew from the hello alone: the same for the same hello, and nothing is under way", () => {
    const [world, alpha, beta] = joined();
    const cookies = catchAll(world, alpha, PacketKind.cookie, true);
    begin(world, beta, alpha);
    world.run(2000);
    assert.ok(cookies.length >= 3, "each time that the hello came again");
    for (const cookie of cookies) assert.deepEqual(cookie, cookies[0]);
    assert.deepEqual(alpha.up.transactions(world.now), []);
    const early = alpha.send({ n: 1 }, "beta");
    world.weather.drops = null;
    world.run(3000);
    assert.deepEqual(alpha.outcomes.get(early), ["acknowledged"]);
  });

  it("is the same, too, where the secret was drawn anew before the hello came again: both have the same keys", () => {
    const latencyMs = 300; // so that a hello goes twice
    for (let beforeMs = 0; beforeMs <= latencyMs + 300; beforeMs += 50) {
      const [world, alpha, beta] = joined();
      // The secret was drawn with the hello of the first session.
      world.run(COOKIE_SECRET_MS - beforeMs - world.now + 1000);
      Object.assign(world.weather, { latencyMs });
      const cookies = catchAll(world, alpha, PacketKind.cookie, false);
      begin(world, beta, alpha);
      world.run(5000);
      assert.equal(cookies.length, 2);
      assert.deepEqual(cookies[1], cookies[0], `begun ${beforeMs} ms before`);
      const there = alpha.send({ n: 1 }, "beta");
      const back = beta.send({ n: 2 }, "alpha");
      world.run(5000);
      assert.deepEqual(alpha.outcomes.get(there), ["acknowledged"]);
      assert.deepEqual(beta.outcomes.get(back), ["acknowledged"]);
    }
  });

  it("counts if it is the first: a client with two has one initiate, so both have the keys of that", () => {
    const settings = { allowTimeoutMs: 400_000, alivePeriodMs: 600_000 };
    const [world, alpha, beta] = joined({ settings }, { settings });
    const [hellos, cookies, initiates]: Uint8Array[][] = [[], [], []];
    world.weather.drops = (_from, _to, bytes) => {
      if (isKind(bytes, allow, PacketKind.hello)) hellos.push(bytes.slice());
      if (isKind(bytes, allow, PacketKind.cookie)) cookies.push(bytes.slice());
      if (!isKind(bytes, allow, PacketKind.initiate)) return false;
      return initiates.push(bytes.slice()) > 0;
    };
    begin(world, beta, alpha);
    world.run(130_000); // both secrets of then are gone
    world.inject(hellos[0], beta.address, alpha.address);
    world.run(5000);
    assert.equal(cookies.length, 2);
    assert.notDeepEqual(cookies[1], cookies[0]);
    assert.ok(initiates.length > 2);
    for (const initiate of initiates) assert.deepEqual(initiate, initiates[0]);
  });

  it("counts if it is the first, too, of a server that somebody made classic by changing its join", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true });
    const beta = world.add("beta", { settings: { allowTimeoutMs: 400_000 } });
    const [hellos, initiates]: Uint8Array[][] = [[], []];
    world.weather.drops = (from, _to, bytes) => {
      const classic = from === "alpha" ? withoutHint(bytes) : null;
      if (classic) world.inject(classic, alpha.address, beta.address);
      const isHello = isKind(bytes, allow, PacketKind.hello);
      if (isHello && from === "beta") hellos.push(bytes.slice());
      const isInitiate = isKind(bytes, allow, PacketKind.initiate);
      if (isInitiate) initiates.push(bytes.slice());
      return classic !== null || isInitiate || isHello && from === "alpha";
    };
    beta.join(alpha);
    world.run(130_000); // both secrets of then are gone
    world.inject(hellos[0], beta.address, alpha.address);
    world.run(5000);
    assert.ok(initiates.length > 2);
    for (const initiate of initiates) assert.deepEqual(initiate, initiates[0]);
  });

  it("of this minute and of the last is good, and no older one", () => {
    for (
      const [waitMs, isGood] of [[1000, true], [COOKIE_SECRET_MS + 1000, true], [
        130_000,
        false,
      ]] as const
    ) {
      const settings = { allowTimeoutMs: 200_000, alivePeriodMs: 300_000 };
      const [world, alpha, beta] = joined({ settings }, { settings });
      const initiates = catchAll(world, beta, PacketKind.initiate, true);
      const before = alpha.remote("beta")!.sessionId;
      begin(world, beta, alpha);
      world.run(waitMs);
      world.weather.drops = null;
      world.inject(initiates[0], beta.address, alpha.address);
      assert.equal(alpha.remote("beta")!.sessionId === before + 1, isGood, `after ${waitMs} ms`);
    }
  });

  it("is good once: an initiate that comes again after its session was agreed on does nothing", () => {
    const [world, alpha, beta] = joined();
    const initiates = catchAll(world, beta, PacketKind.initiate, false);
    begin(world, beta, alpha);
    world.run(1000);
    const before = alpha.remote("beta")!.sessionId;
    for (let i = 0; i < 5; i++) {
      world.inject(initiates[0], beta.address, alpha.address);
      world.run(500);
    }
    assert.equal(alpha.remote("beta")!.sessionId, before);
    assert.ok(areReady(alpha, beta));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("is good for the estate, address and handshake that it was made for, and for no other", () => {
    const [world, alpha, beta] = joined();
    const gamma = world.add("gamma");
    gamma.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 1000));
    const initiates = catchAll(world, beta, PacketKind.initiate, true);
    begin(world, beta, alpha);
    world.run(100);
    alpha.up.setAddress(beta.address, { host: "10.0.0.7", port: 7 }, world.now);
    world.inject(initiates[0], beta.address, alpha.address);
    assert.equal(alpha.up.counters.get("bad_handshake"), 1);
  });

  it("costs the server nothing to keep: any number of hellos doesn't grow its heap", () => {
    const [world, alpha, beta] = joined({ settings: { automatic: false } });
    const near = nearUidOf(alpha, "beta");
    const far = nearUidOf(beta, "alpha");
    const { boxKey } = beta.up.keys.list()[0];
    const { crypto } = world;
    const seed = Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + 3 + 31) & 255);
    const signer = crypto.signer(seed);
    const short = new Uint8Array(32).fill(5);
    const random = (n: number) => new Uint8Array(n);
    const said = { shortPublic: crypto.boxPublicKey(short), isOurs: true };
    const body = packHello(said, crypto.box(short, boxKey), random);
    const { sessionId } = beta.remote("alpha")!;
    let answered = 0;
    const pour = (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        const head = makeHead({
          transactionKind: allow,
          packetKind: PacketKind.hello,
          sourceId: far,
          destinationId: near,
          sessionId,
          transactionId: 1000 + n,
          bodyKind: BodyKind.raw,
          footKind: FootKind.nacl,
        });
        alpha.up.receive(packPacket(head, body, signer), beta.address, world.now);
        for (const { bytes } of alpha.up.outgoing()) {
          if (n % 10_000 !== 0 || isKind(bytes, allow, PacketKind.cookie)) answered++;
        }
        alpha.up.events();
      }
    };
    pour(0, 20_000);
    const before = heapBytes();
    pour(20_000, HELLOS);
    const grown = heapBytes() - before;
    assert.equal(answered, HELLOS);
    assert.ok(grown < 512 * 1024, `${grown} bytes for ${HELLOS} hellos`);
    assert.deepEqual(alpha.up.transactions(world.now), []);
  });
});
