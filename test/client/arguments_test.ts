/**
 * What a program may hand to a yard: callers in JavaScript have no types to keep them from the rest.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import type { Value } from "../../src/base/value.ts";
import type { SendOptions } from "../../src/client/options.ts";
import type { Yard } from "../../src/client/yard.ts";
import type { Topic } from "../../src/route/control.ts";
import type { Triple } from "../../src/route/triple.ts";
import { LinkRig } from "../support/link_rig.ts";

/** What no typed caller could say. */
function untyped<T>(value: unknown): T {
  return value as T;
}

/** An error of ours with that code, in one sentence that says what was expected. */
function refused(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RaetError, `${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, /: expected /);
    return true;
  };
}

async function withYard(work: (yard: Yard, rig: LinkRig) => unknown): Promise<void> {
  const rig = new LinkRig();
  await using yard = await rig.attach();
  const before = rig.sent.length;
  await work(yard, rig);
  assert.equal(rig.sent.length, before, "nothing of it was sent");
}

describe("a yard refuses", () => {
  const bodies: [string, unknown][] = [
    ["a Map", new Map([["a", 1]])],
    ["a Set", new Set([1])],
    ["a date", new Date()],
    ["a promise that nobody awaited", Promise.resolve({ a: 1 })],
    ["an error", new Error("no")],
    ["a buffer without a view", new ArrayBuffer(3)],
    ["a list of floats of its own kind", new Float32Array([1.5])],
    ["a boxed text", new String("abc")],
    ["a big integer", 1n],
    ["nothing", undefined],
    ["a function", () => 1],
    ["no number", NaN],
    ["a list with a date", [new Date()]],
  ];
  for (const [what, body] of bodies) {
    it(`${what} as a body, where its fields alone would travel or nothing would`, () =>
      withYard((yard) => {
        assert.throws(() => yard.send("//jobs", untyped<Value>(body)), refused("bad_body"));
        assert.throws(() => void yard.ask("//jobs", untyped<Value>(body)), refused("bad_body"));
      }));
  }

  const routes: unknown[] = [
    undefined,
    null,
    5,
    {},
    { estate: "beta" },
    ["beta", "", "jobs"],
    { estate: "beta", yard: null, share: "jobs" },
  ];
  for (const route of routes) {
    it(`${JSON.stringify(route)} as a route`, () =>
      withYard((yard) => {
        assert.throws(() => yard.send(untyped<Triple>(route), 1), refused("bad_route"));
      }));
  }

  const options: unknown[] = [{ timeoutMs: "5" }, { timeoutMs: null }, { type: 5 }];
  for (const option of options) {
    it(`${JSON.stringify(option)} as options`, () =>
      withYard((yard) => {
        assert.throws(() => yard.send("//jobs", 1, untyped<SendOptions>(option)), refused("usage"));
      }));
  }

  it("what is no text as a share, and no list as topics", () =>
    withYard(async (yard) => {
      await assert.rejects(yard.listen(untyped<string>(["jobs"])), refused("usage"));
      await assert.rejects(yard.watch(untyped<Topic[]>("presence")), refused("usage"));
    }));
});
