import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { completeLine } from "../../repl/complete.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import { FakeManor } from "../support/fake_manor.ts";

async function complete(line: string): Promise<string[]> {
  const yard = await new FakeManor().attach();
  try {
    return (await completeLine(line, verbsOf("console"), yard))[0];
  } finally {
    await yard.close();
  }
}

describe("completion", () => {
  it("knows the verbs", async () => {
    assert.deepEqual(await complete("s"), ["send ", "show "]);
    assert.deepEqual(await complete("help wa"), ["watch "]);
    assert.deepEqual(await complete("x"), []);
  });

  it("knows estates, shares and yards in a route", async () => {
    assert.deepEqual(await complete("send "), ["beta//", "//jobs ", "/worker/"]);
    assert.deepEqual(await complete("send b"), ["beta//"]);
    assert.deepEqual(await complete("send /w"), ["/worker/"]);
    assert.deepEqual(await complete("send beta// "), []);
  });

  it("knows what can be shown, and whose keys can be judged", async () => {
    assert.deepEqual(await complete("show est"), ["estates "]);
    assert.deepEqual(await complete("keys a"), ["accept "]);
    assert.deepEqual(await complete("keys accept "), ["beta "]);
    assert.deepEqual(await complete("keys accept beta "), []);
  });
});
