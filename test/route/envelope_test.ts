import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Drop } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import type { Body, Value } from "../../src/base/value.ts";
import {
  checkPayload,
  makeEnvelope,
  packClassic,
  packEnvelope,
  readEnvelope,
} from "../../src/route/envelope.ts";
import { failure } from "../../src/route/outcome.ts";

const ID = "0123456789abcdef0123456789abcdef";
const source = { estate: "alpha", yard: "w1", share: "" };
const destination = { estate: "beta", yard: "", share: "jobs" };

describe("an envelope", () => {
  it("comes back the same, whatever the payload", () => {
    const payload = fc.oneof(
      fc.jsonValue() as fc.Arbitrary<Value>,
      fc.uint8Array() as fc.Arbitrary<Value>,
    ).filter((value) => {
      try {
        checkPayload(value);
        return !Object.hasOwn(Object(value), "__proto__");
      } catch {
        return false;
      }
    });
    fc.assert(fc.property(payload, fc.boolean(), fc.nat(1e6), (payload, wants, ttlMs) => {
      const envelope = makeEnvelope({ source, destination, id: ID, wants, ttlMs, payload });
      assert.deepEqual(readEnvelope(packEnvelope(envelope)), envelope);
    }));
  });

  it("carries receipts with a status, or with an error and its code", () => {
    const delivered = makeEnvelope({ source, answers: [ID], result: { status: "delivered" } });
    assert.deepEqual(readEnvelope(packEnvelope(delivered)), delivered);
    const failed = makeEnvelope({ source, answers: [ID], result: failure("no_share", "nobody") });
    assert.deepEqual(readEnvelope(packEnvelope(failed)), failed);
  });

  it("reads an error code that this version doesn't know as an unknown outcome", () => {
    const body = packEnvelope(makeEnvelope({ answers: [ID], result: failure("denied", "no") }));
    (body.raet as Body).error = { code: "from_the_future", message: "x" };
    const envelope = readEnvelope(body);
    assert.ok(!(envelope instanceof Drop));
    assert.equal((envelope.result as { code: string }).code, "outcome_unknown");
  });

  it("tells a classic peer the route and the payload and nothing of ours", () => {
    const envelope = makeEnvelope({ source, destination, id: ID, wants: true, payload: { a: 1 } });
    assert.deepEqual(packClassic(envelope), {
      a: 1,
      route: { src: ["alpha", "w1", null], dst: ["beta", null, "jobs"] },
    });
    assert.deepEqual(packClassic({ ...envelope, payload: [1] }).data, [1]);
  });

  it("refuses a payload that uses a key of ours", () => {
    for (const key of ["raet", "route"]) {
      assert.throws(() => checkPayload({ [key]: 1 }), (error) => {
        return error instanceof RaetError && error.code === "bad_body";
      });
    }
  });

  const bad: [string, Body][] = [
    ["a route that is no map", { route: 1 }],
    ["a source that is no triple", { route: { src: ["a"], dst: [null, null, null] } }],
    ["a name with a slash", { route: { src: ["a/..", "", ""], dst: [] } }],
    ["a reserved key that is no map", { route: {}, raet: [] }],
    ["a map that is said to be none", {
      route: {},
      raet: { data: true },
      data: { raet: { v: 1 } },
    }],
    ["an id that is no id", { route: {}, raet: { id: "x" } }],
    ["a life that is no number", { route: {}, raet: { ttlMs: "1" } }],
    ["a life below zero", { route: {}, raet: { ttlMs: -1 } }],
    ["hops that are no number", { route: {}, raet: { hops: 1.5 } }],
    ["more answers than fit", { route: {}, raet: { of: Array(21).fill(ID) } }],
    ["answers that are no ids", { route: {}, raet: { of: [1] } }],
    ["a type that is no text", { route: {}, raet: { type: 1 } }],
  ];
  for (const [what, body] of bad) {
    it(`drops ${what}`, () => assert.ok(readEnvelope(body) instanceof Drop));
  }

  it("never throws, whatever the body", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (rest, raet) => {
        readEnvelope({ ...rest, route: {}, raet } as Body);
        readEnvelope({ ...rest, raet } as Body);
      }),
    );
  });
});
