import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Pipes } from "../../src/manor/pipes.ts";
import { MANOR_YARD } from "../../src/route/triple.ts";

describe("a yard of the manor's process that closes", () => {
  it("has left only after what it sent just before", async () => {
    const told: string[] = [];
    const pipes = new Pipes({
      fromPipe: (yard, { n }) => void told.push(`${yard} ${n}`),
      pipeSent: () => {},
      pipeLeft: (yard) => void told.push(`${yard} left`),
      onError: (error) => assert.fail(String(error)),
    }, () => told.push("idle"));
    const link = pipes.open("me");
    link.transmit({ n: 1 }, MANOR_YARD);
    await link.close();
    await link.close();
    assert.deepEqual(told.filter((one) => one !== "idle"), ["me 1", "me left"]);
    assert.ok(told.indexOf("idle") > told.indexOf("me left"), "what follows from that is done");
    assert.equal(pipes.has("me"), false);
  });
});
