import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";

describe("chance from the system", () => {
  it("comes in any amount, past what the system gives at once, and to the last byte", () => {
    for (const length of [0, 1, 24, 32, 65_536, 65_537, 200_001]) {
      const bytes = systemRandom(length);
      assert.equal(bytes.length, length);
      if (length >= 32) assert.ok(bytes.subarray(-32).some((byte) => byte !== 0));
    }
  });

  it("is never the same twice", () => {
    const seen = new Set(Array.from({ length: 1000 }, () => systemRandom(16).join()));
    assert.equal(seen.size, 1000);
  });
});

describe("the system's time", () => {
  it("runs forward in milliseconds", async () => {
    const before = systemClock.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const passed = systemClock.now() - before;
    assert.ok(passed >= 19 && passed < 5000, `${passed}`);
  });

  it("has a date for people", () => {
    assert.ok(Math.abs(systemClock.date() - Date.now()) < 1000);
  });
});
