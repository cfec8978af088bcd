/**
 * Random datagrams, and recorded ones with some bytes changed: none throws, and none moves anything
 * between two estates that are joined, for none has a valid signature.
 *
 * @module
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { equalBytes, toHex } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import { TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { ATTACKER } from "../support/forge.ts";
import { bytes, readRoad, ROAD_RECORDINGS } from "../support/recordings.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

/** How alpha stands with beta, in memory and on disk. */
function standing(alpha: SimEstate): unknown {
  const view = alpha.remote("beta")!;
  const {
    heardAt: _,
    packetsReceived: _r,
    packetsSent: _s,
    packetsResent: _a,
    bytesReceived: _b,
    bytesSent: _c,
    ...rest
  } = view;
  const files = [...alpha.store.files].filter(([path]) => /beta/.test(path));
  return { rest, files: files.map(([path, held]) => `${path} ${toHex(held)}`) };
}

/** Changes bytes, cuts, or doubles a part. */
const damage = fc.array(
  fc.record({
    at: fc.nat(1100),
    value: fc.nat(255),
    kind: fc.constantFrom("set", "cut", "insert"),
  }),
  { minLength: 1, maxLength: 4 },
);

function damaged(
  datagram: Uint8Array,
  steps: { at: number; value: number; kind: string }[],
): Uint8Array {
  let result = Array.from(datagram);
  for (const { at, value, kind } of steps) {
    const place = result.length === 0 ? 0 : at % result.length;
    if (kind === "set") result[place] = value;
    else if (kind === "cut") result = result.slice(0, place);
    else result.splice(place, 0, value);
  }
  return Uint8Array.from(result);
}

describe("a stack that gets anything at all", () => {
  const world = new SimRoad(11);
  const alpha = world.add("alpha", { main: true, mutable: true });
  const beta = world.add("beta", { mutable: true });
  const recorded: { bytes: Uint8Array; to: string; from: string }[] = [];

  before(() => {
    world.recording = true;
    beta.join(alpha);
    world.run(100);
    beta.send({ n: 1 }, "alpha");
    beta.send({ fill: "x".repeat(5000) }, "alpha");
    alpha.send({ n: 2 }, "beta");
    world.run(12_000);
    recorded.push(...world.sent);
    for (const name of ROAD_RECORDINGS) {
      for (const { hex } of readRoad(name).datagrams.slice(0, 12)) {
        recorded.push({ bytes: bytes(hex), from: "elsewhere", to: "alpha" });
      }
    }
    world.recording = false;
    // Their standing from here on has to stay as it is.
    alpha.up.tune({ automatic: false });
    beta.up.tune({ automatic: false });
    world.run(5000);
  });

  it("throws at nothing and moves for nothing that is not signed", () => {
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 1100 }),
      fc.tuple(fc.nat(), damage).map(([n, steps]) => ({ n, steps })),
    );
    fc.assert(
      fc.property(
        fc.array(datagram, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (list, spoofed) => {
          const before = standing(alpha);
          for (const one of list) {
            const source = one instanceof Uint8Array ? null : recorded[one.n % recorded.length];
            const bytes = one instanceof Uint8Array ? one : damaged(source!.bytes, one.steps);
            // Damage may undo itself; whole packets are what the tests of sessions replay.
            if (recorded.some((whole) => equalBytes(whole.bytes, bytes))) continue;
            alpha.up.receive(bytes, spoofed ? beta.address : ATTACKER, world.now);
            const packet = parsePacket(bytes);
            const isJoin = !(packet instanceof Drop) &&
              packet.head.transactionKind === TransactionKind.join;
            const answers = alpha.up.outgoing();
            if (!isJoin) assert.deepEqual(answers, []);
          }
          alpha.up.outgoing();
          const events = alpha.up.events().filter((event) =>
            "estate" in event && event.estate === "beta"
          );
          assert.deepEqual(events, []);
          assert.deepEqual(standing(alpha), before);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("and serves its remote as before", () => {
    const handle = beta.send({ still: "here" }, "alpha");
    const back = alpha.send({ so: "am I" }, "beta");
    world.run(200);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.deepEqual(alpha.outcomes.get(back), ["acknowledged"]);
  });
});
