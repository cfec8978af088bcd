import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { CONTROL_VERSION } from "../../src/route/control.ts";
import { BareYard } from "../support/bare_yard.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { Neighbourhood } from "../support/manors.ts";
import { runInMemory } from "../support/world.ts";

describe("a process of another release", () => {
  it("is told which of the two to upgrade", async () => {
    await using here = new Neighbourhood();
    const { manor } = await here.open("alpha", { main: true });
    const says = async (version: number) => {
      const result = await new BareYard(manor.link(`v${version}`)).attach(version);
      assert.ok(result?.status === "failed");
      assert.equal(result.code, "usage");
      return result.message;
    };
    assert.match(await says(CONTROL_VERSION + 1), /upgrade the manor$/);
    assert.match(await says(CONTROL_VERSION - 1), /upgrade this command$/);
    const same = await new BareYard(manor.link("same")).attach();
    assert.equal(same?.status, "delivered");
  });

  it("can ask the manor for nothing", async () => {
    await using here = new Neighbourhood();
    const { manor } = await here.open("alpha", { main: true });
    const stranger = new BareYard(manor.link("stranger"));
    await stranger.attach(CONTROL_VERSION + 1);
    const result = await stranger.control("estates", {});
    assert.equal(result?.status, "failed");
  });

  it("passes that on to whoever typed the command", async () => {
    const why = "the manor speaks version 2 of the controls, not 1; upgrade this command";
    const manor = new FakeManor({ attach: new RaetError("usage", why) });
    const { exit, err } = await runInMemory(["estates"], { manor });
    assert.deepEqual([exit, err], [1, `raet: ${why}\n`]);
  });
});
