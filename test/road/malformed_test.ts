/**
 * The recorded hostile packets against a live stack: none throws, and none moves anything that it
 * should not move.
 *
 * @module
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { OTHER_ADDRESS, type RecordedPair, recordedPair } from "../support/recorded_pair.ts";
import { bytes, readVectors, type RecordedKeys } from "../support/recordings.ts";
import { describe as inWords } from "../support/replay.ts";
import { MALFORMED_PACKETS } from "./malformed_table.ts";

interface Cases {
  readonly estates: Record<"main" | "other", RecordedKeys>;
  readonly cases: {
    readonly name: string;
    readonly state: "fresh" | "allowed";
    readonly hex: string;
    readonly then?: { readonly hex: string };
  }[];
}

/** Everything that a packet could move: how we stand with the remotes, and what lies on disk. */
function stateOf(pair: RecordedPair): unknown {
  const remotes = pair.main.remotes().map((view) => ({
    ...view,
    heardAt: 0,
    packetsReceived: 0,
    packetsSent: 0,
    bytesReceived: 0,
    bytesSent: 0,
  }));
  return { remotes, files: [...pair.store.files].map(([path, held]) => `${path} ${toHex(held)}`) };
}

describe("hostile packets", () => {
  const { estates, cases } = readVectors<Cases>("malformed_packets");
  let crypto: Crypto;
  before(async () => void (crypto = await loadCrypto()));

  it("stand all in the table", () => {
    assert.deepEqual(cases.map(({ name }) => name), MALFORMED_PACKETS.map(([name]) => name));
  });

  for (const [index, [name, expected]] of MALFORMED_PACKETS.entries()) {
    it(`${name}: ${expected}`, () => {
      const { state, hex, then } = cases[index];
      const pair = recordedPair(estates, state, crypto);
      const before = stateOf(pair);
      pair.main.receive(bytes(hex), OTHER_ADDRESS, 1);
      const answers = pair.main.outgoing().map(({ bytes }) => inWords(bytes).split(" si ")[0]);
      const [reason] = Object.keys(pair.main.counters.toJSON());
      const found = answers.length === 0
        ? `drop ${reason}`
        : `answer ${answers.join()}${reason ? `, ${reason}` : ""}`;
      assert.equal(found, expected);
      if (name === "join, good") return;
      if (then) pair.main.receive(bytes(then.hex), OTHER_ADDRESS, 2);
      assert.deepEqual(stateOf(pair), before);
      assert.deepEqual(pair.main.events(), []);
    });
  }

  it("a session goes on after all of them", () => {
    const pair = recordedPair(estates, "allowed", crypto);
    for (const { hex } of cases) pair.main.receive(bytes(hex), OTHER_ADDRESS, 1);
    pair.main.outgoing();
    pair.other.transmit({ still: "here" }, "main", 2);
    pair.settle();
    assert.ok(pair.main.events().some(({ type }) => type === "message"));
    assert.ok(
      pair.other.events().some((event) =>
        event.type === "sent" && event.outcome === "acknowledged"
      ),
    );
  });
});
