import assert from "node:assert/strict";
import { chmodSync, closeSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { describe, it } from "node:test";
import { openPrivateFile, writePrivateFile } from "../../src/cli/private_file.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { runInMemory } from "../support/world.ts";

describe("a file that is written for an operator", () => {
  it("is its owner's alone, and takes the place of another only if that is told", () => {
    using folder = new TemporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, "before");
    chmodSync(path, 0o644);
    const message = /it is there already; --force writes over it$/;
    assert.throws(() => writePrivateFile(path, "after", false), { code: "usage", message });
    assert.equal(readFileSync(path, "utf8"), "before");
    writePrivateFile(path, "after", true);
    assert.deepEqual([readFileSync(path, "utf8"), statSync(path).mode & 0o777], ["after", 0o600]);
  });

  it("may be a device, which stays as it is and open to others", () => {
    const { mode } = statSync("/dev/null");
    for (const force of [false, true]) {
      const fd = openPrivateFile("/dev/null", force);
      writeSync(fd, "x");
      closeSync(fd);
    }
    assert.equal(statSync("/dev/null").mode, mode);
  });
});

describe("raet trace --out", () => {
  it("writes over no file that is there, unless that is told", async () => {
    using folder = new TemporaryFolder();
    const path = folder.at("trace.jsonl");
    writeFileSync(path, "before");
    const trace = (...more: string[]) =>
      runInMemory(["trace", "--out", path, ...more], { manor: new FakeManor() });
    const refused = await trace();
    assert.deepEqual([refused.exit, readFileSync(path, "utf8")], [1, "before"]);
    assert.match(refused.err, /it is there already; --force writes over it\n$/);
    assert.equal((await trace("--force")).exit, 0);
    assert.equal(JSON.parse(readFileSync(path, "utf8")).trace, 1);
  });
});
