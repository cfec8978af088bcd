import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { History, HISTORY_LINES_MAX, isKept } from "../../repl/history.ts";

describe("the console's history", () => {
  let home = "";
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "raet-history-"))));
  afterEach(() => rmSync(home, { recursive: true }));
  const path = () => join(home, "console_history");

  it("comes back, the latest line first, for its owner's eyes only", () => {
    const history = new History(home);
    for (const line of ["show", "", "  secret", "keys"]) history.add(line);
    assert.deepEqual(new History(home).load(), ["keys", "show"]);
    assert.equal(statSync(path()).mode & 0o777, 0o600);
  });

  it("leaves out what looks as if it held a secret", () => {
    const secrets = [
      'send beta//login {"user": "x", "password": "hunter2"}',
      "send beta//login password=hunter2",
      "send beta//login api_key:=12",
      "!curl --token abc",
      " keys",
      `send beta// "${"x".repeat(20_000)}"`,
    ];
    assert.deepEqual(secrets.filter(isKept), []);
    const others = ["keys accept beta", 'send beta//tokens {"n": 1}', "listen secrets"];
    assert.deepEqual(others.filter(isKept), others);
  });

  it("closes a file that others could read", () => {
    writeFileSync(path(), "show\n");
    chmodSync(path(), 0o644);
    new History(home).load();
    assert.equal(statSync(path()).mode & 0o777, 0o600);
  });

  it("is cut once it has grown long", () => {
    const lines = Array.from({ length: 2 * HISTORY_LINES_MAX + 1 }, (_, i) => `line ${i}`);
    writeFileSync(path(), lines.join("\n"));
    const loaded = new History(home).load();
    assert.equal(loaded.length, HISTORY_LINES_MAX);
    assert.equal(loaded[0], lines.at(-1));
    assert.equal(readFileSync(path(), "utf8").trimEnd().split("\n").length, HISTORY_LINES_MAX);
    assert.equal(statSync(path()).mode & 0o777, 0o600);
  });

  it("is no reason to fail in a home that can't be written", () => {
    const history = new History("/nonexistent/home");
    history.add("show");
    assert.deepEqual(history.load(), []);
  });
});
