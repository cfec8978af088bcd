import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRefusal, packetKindName, transactionKindName } from "../../src/wire/kinds.ts";
import { readRoad, ROAD_RECORDINGS } from "../support/recordings.ts";

describe("the names of kinds", () => {
  it("are the reference's, for every recorded packet", () => {
    for (const name of ROAD_RECORDINGS) {
      for (const { trans, packet, head } of readRoad(name).datagrams) {
        assert.equal(transactionKindName(Number(head.fields.tk ?? 0)), trans);
        assert.equal(packetKindName(Number(head.fields.pk ?? 0)), packet);
      }
    }
  });

  it("are numbers where there is no name", () => {
    assert.equal(transactionKindName(5), "kind 5");
    assert.equal(packetKindName(255), "kind 255");
  });

  it("are refusals if they say no", () => {
    const refusals = Array.from({ length: 20 }, (_, kind) => kind).filter(isRefusal);
    assert.deepEqual(refusals, [2, 9, 10, 11, 12, 13]);
  });
});
