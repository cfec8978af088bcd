/** Where a process finds its manor. */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import process from "node:process";
import { attach } from "../../src/client/attach.ts";
import { Neighbourhood } from "../support/manors.ts";

describe("a process that names no home", () => {
  it("attaches to the manor of the home that the command line would use", async () => {
    await using neighbourhood = new Neighbourhood();
    const alpha = await neighbourhood.open("alpha");
    const before = process.env.RAET_HOME;
    process.env.RAET_HOME = alpha.home;
    try {
      await using yard = await attach();
      assert.equal(yard.manor.estate, "alpha");
    } finally {
      if (before === undefined) delete process.env.RAET_HOME;
      else process.env.RAET_HOME = before;
    }
  });
});
