import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { IMPORT_KEYS_PER_CALL } from "../../src/base/limits.ts";
import { writeKeyFile } from "../../src/manor/carried_keys.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { runInMemory } from "../support/world.ts";

describe("raet keys import", () => {
  it("tells which keys were taken over where the manor goes away in the middle", async () => {
    using folder = new TemporaryFolder();
    const keys = Array.from({ length: IMPORT_KEYS_PER_CALL + 1 }, (_, i) => {
      const hex = (first: number) => (first * 1000 + i).toString(16).padStart(64, "0");
      return { role: `web${i}`, acceptance: "accepted" as const, verhex: hex(1), pubhex: hex(2) };
    });
    const file = folder.at("keys.json");
    writeFileSync(file, writeKeyFile("other", keys));
    const rows = keys.slice(0, IMPORT_KEYS_PER_CALL).map(({ role, acceptance }) => (
      { role, acceptance, result: "added" as const, why: "" }
    ));
    let calls = 0;
    const manor = new FakeManor({
      import: () => calls++ === 0 ? { rows } : new RaetError("no_manor", "the manor went away"),
    });
    const { exit, out } = await runInMemory(["keys", "import", file, "--json"], { manor });
    const told = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(told.length, IMPORT_KEYS_PER_CALL + 1);
    assert.deepEqual(told[0], rows[0]);
    assert.equal(told.at(-1).error.code, "no_manor");
    assert.equal(exit, 6);
  });
});
