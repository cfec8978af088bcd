import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pause, untilGivenUp } from "../../src/cli/pause.ts";

describe("a pause", () => {
  it("lasts until it is given up where it is longer than a timer can be", async () => {
    const controller = new AbortController();
    let isOver = false;
    const paused = pause(2 ** 40, controller.signal).then(() => isOver = true);
    await sleep(50);
    assert.ok(!isOver);
    controller.abort();
    await paused;
  });
});

describe("what comes from a source", () => {
  it("comes until it is given up, also where the source stays silent", async () => {
    const controller = new AbortController();
    const source = async function* () {
      yield 1;
      yield 2;
      await new Promise(() => {});
    };
    const got: number[] = [];
    const reading = (async () => {
      for await (const item of untilGivenUp(source(), controller.signal)) {
        if (got.push(item) === 2) setTimeout(() => controller.abort());
      }
    })();
    await assert.rejects(reading, { code: "expired" });
    assert.deepEqual(got, [1, 2]);
    await assert.rejects(untilGivenUp(source(), controller.signal).next(), { code: "expired" });
  });
});
