import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runShell } from "../../repl/shell.ts";

describe("a shell command of the console", () => {
  const run = (command: string, signal = new AbortController().signal) =>
    runShell(command, () => {}, signal);

  it("ends with its exit code, or as a shell tells which signal ended it", async () => {
    assert.equal(await run("exit 3"), 3);
    assert.equal(await run("kill -HUP $$"), 129);
    assert.equal(await run("kill -KILL $$"), 137);
  });

  it("ends also where ^C came before it began", async () => {
    assert.equal(await run("sleep 5", AbortSignal.abort()), 143);
  });
});
