import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCrypto } from "../../src/crypto/load.ts";
import { bytes, readVectors, type RecordedKeys } from "../support/recordings.ts";
import { packetVerdict, pageVerdict, type Parties } from "../support/wire_verdict.ts";
import { MALFORMED_PACKETS, MALFORMED_PAGES } from "./malformed_table.ts";

interface MalformedPackets {
  readonly estates: Record<"main" | "other", RecordedKeys>;
  readonly cases: {
    readonly name: string;
    readonly hex: string;
    readonly exception: string | null;
    readonly replies: unknown[];
    readonly delivered: number;
  }[];
}

interface MalformedPages {
  readonly cases: {
    readonly name: string;
    readonly hex: string[];
    readonly delivered: unknown[];
  }[];
}

const packets = readVectors<MalformedPackets>("malformed_packets");
const pages = readVectors<MalformedPages>("malformed_pages");
const parties: Parties = {
  crypto: await loadCrypto(),
  boxSecret: bytes(packets.estates.main.prihex),
  knownId: 2,
  knownVerifyKey: bytes(packets.estates.other.verhex),
};

describe("a malformed packet", () => {
  it("has its line in the table, each of the 87", () => {
    assert.equal(packets.cases.length, 87);
    const names = MALFORMED_PACKETS.map(({ name }) => name);
    assert.deepEqual(names, packets.cases.map(({ name }) => name));
  });

  for (const [index, { name, verdict, stricter, then }] of MALFORMED_PACKETS.entries()) {
    it(`${verdict === "parses" ? "is left to the road" : `is dropped as ${verdict}`}: ${name}`, () => {
      const vector = packets.cases[index];
      assert.equal(packetVerdict(bytes(vector.hex), parties), verdict);
      const acted = vector.replies.length > 0 || vector.delivered > 0;
      assert.equal(stricter !== undefined, acted && verdict !== "parses", "where we are stricter");
      assert.equal(then !== undefined, verdict === "parses", "what the road does");
    });
  }

  it("that ends the reference's service loop is dropped at once, unless its coat must be opened", () => {
    const raising = packets.cases.filter(({ exception }) => exception !== null);
    assert.equal(raising.length, 37);
    const left = raising.filter(({ hex }) => packetVerdict(bytes(hex), parties) === "parses");
    assert.deepEqual(left.map(({ name }) => name), [
      "unsigned alive request, garbage ciphertext",
      "signed message, garbage ciphertext",
      "signed and encrypted message, body is not json",
    ]);
  });
});

describe("a malformed page", () => {
  it("has its line in the table, each of the 25", () => {
    assert.equal(pages.cases.length, 25);
    const names = MALFORMED_PAGES.map(({ name }) => name);
    assert.deepEqual(names, pages.cases.map(({ name }) => name));
  });

  for (const [index, { name, verdicts, stricter, then }] of MALFORMED_PAGES.entries()) {
    it(`gets ${verdicts.join(", ")}: ${name}`, () => {
      const vector = pages.cases[index];
      assert.deepEqual(vector.hex.map((hex) => pageVerdict(bytes(hex))), verdicts);
      const left = verdicts.includes("parses");
      assert.equal(stricter !== undefined, vector.delivered.length > 0 && !left);
      assert.equal(then !== undefined, left, "what the lane does");
    });
  }
});
