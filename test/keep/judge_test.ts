import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AutoMode, judge } from "../../src/keep/judge.ts";
import type { Acceptance, RemoteRole } from "../../src/keep/records.ts";

const verifyKey = new Uint8Array(32).fill(1);
const boxKey = new Uint8Array(32).fill(2);
const otherKey = new Uint8Array(32).fill(3);

/** On record, keys offered (same, or with one changed) -> verdict, what is written. */
type Row = [
  auto: AutoMode,
  onRecord: Acceptance | null,
  keys: "same" | "other",
  verdict: Acceptance,
  written: Acceptance | null,
];

const table: Row[] = [
  ["never", null, "same", "pending", "pending"],
  ["never", "pending", "same", "pending", null],
  ["never", "pending", "other", "rejected", null],
  ["never", "accepted", "same", "accepted", null],
  ["never", "accepted", "other", "rejected", null],
  ["never", "rejected", "same", "rejected", null],
  ["never", "rejected", "other", "rejected", null],
  ["once", null, "same", "accepted", "accepted"],
  ["once", "pending", "same", "accepted", "accepted"],
  ["once", "pending", "other", "rejected", null],
  ["once", "accepted", "same", "accepted", null],
  ["once", "accepted", "other", "rejected", null],
  ["once", "rejected", "same", "rejected", null],
  ["once", "rejected", "other", "rejected", null],
  ["always", null, "same", "accepted", "accepted"],
  ["always", "pending", "same", "accepted", "accepted"],
  ["always", "pending", "other", "accepted", "accepted"],
  ["always", "accepted", "same", "accepted", null],
  ["always", "accepted", "other", "accepted", "accepted"],
  ["always", "rejected", "same", "accepted", "accepted"],
  ["always", "rejected", "other", "accepted", "accepted"],
];

describe("judging the keys of a role", () => {
  for (const [auto, acceptance, keys, verdict, written] of table) {
    const known = acceptance ? `a role on record as ${acceptance}` : "a role never seen";
    it(`in mode ${auto}, with ${keys} keys, finds ${known} ${verdict}`, () => {
      const onRecord: RemoteRole | null = acceptance &&
        { role: "minion", acceptance, verifyKey, boxKey };
      const offers = keys === "same"
        ? [[verifyKey, boxKey]]
        : [[otherKey, boxKey], [verifyKey, otherKey]];
      for (const [offeredVerifyKey, offeredBoxKey] of offers) {
        const record = written && {
          role: "minion",
          acceptance: written,
          verifyKey: offeredVerifyKey,
          boxKey: offeredBoxKey,
        };
        const before = structuredClone(onRecord);
        assert.deepEqual(
          judge(auto, onRecord, offeredVerifyKey, offeredBoxKey, "minion"),
          { verdict, record },
        );
        assert.deepEqual(onRecord, before);
      }
    });
  }
});
