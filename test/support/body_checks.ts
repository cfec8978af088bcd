/**
 * What tests of bodies ask for again and again.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Packr } from "msgpackr/pack";
import { Drop } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import type { Body } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";

/** Another implementation of msgpack, to compare with. */
export const yardstick = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: "number",
});

/** The bytes are no body that we take. */
export function drops(kind: number, packed: Uint8Array): void {
  const body = unpackBody(kind, packed);
  assert.ok(body instanceof Drop, `a drop, not ${JSON.stringify(body)?.slice(0, 80)}`);
  assert.equal(body.reason, "bad_body");
}

/** The body can't be packed, and the error says why. */
export function refuses(kind: number, body: unknown, says?: RegExp): void {
  assert.throws(
    () => packBody(kind, body as Body),
    (error) =>
      error instanceof RaetError && error.code === "bad_body" &&
      (says?.test(error.message) ?? true),
  );
}
