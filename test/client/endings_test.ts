/** What ends in a process ends once, and truly, whatever else goes on at that moment. */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import process from "node:process";
import { LinkRig } from "../support/link_rig.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const DURABLE = { durable: true } as const;

describe("a delivery", () => {
  it("is not given up by the signal of another one that was refused for its id", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const id = "ab".repeat(16);
    const first = yard.send("//jobs", 1, { ...DURABLE, id });
    const aborted = { ...DURABLE, id, signal: AbortSignal.abort() };
    const second = await yard.send("//jobs", 1, aborted).outcome;
    assert.equal("code" in second && second.code, "denied");
    const late = new AbortController();
    yard.send("//jobs", 1, { ...DURABLE, id, signal: late.signal });
    late.abort();
    rig.tell({ status: "delivered" }, id);
    assert.equal((await first.outcome).status, "delivered");
  });

  it("ends though a program throws when it is told of it, and so do others", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    process.on("warning", onWarning);
    const [one, other] = [1, 2].map((n) => yard.send("//jobs", n, DURABLE));
    one.onNews(() => {
      throw new Error("a program's own fault with news");
    });
    await turn();
    rig.tell({ status: "delivered" }, one.id, other.id);
    assert.equal((await one.outcome).status, "delivered");
    assert.equal((await other.outcome).status, "delivered");
    await turn();
    process.off("warning", onWarning);
    assert.deepEqual(warnings, ["a program's own fault with news"]);
  });
});
