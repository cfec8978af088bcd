import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Programs, WAIT_MS_MAX } from "../support/programs.ts";
import { HAS_TMUX, Terminal } from "../support/tmux.ts";

/** The process that holds a home; 0 once it was given back. */
function holderOf(home: string): number {
  const line = readFileSync(join(home, "lock"), "utf8").split("\n")[0];
  return line === "" ? 0 : JSON.parse(line).pid;
}

/** Waits until a manor has ended in good order. */
async function givenBack(home: string): Promise<void> {
  for (const end = performance.now() + WAIT_MS_MAX; holderOf(home) !== 0;) {
    assert.ok(performance.now() < end, "it outlives its terminal, or was killed with it");
    await sleep(50);
  }
}

describe("a manor in a terminal", { skip: !HAS_TMUX && "there is no tmux" }, () => {
  it("logs for people, takes SIGHUP for a reload, and ends when its terminal is closed", async () => {
    await using programs = new Programs();
    const home = programs.home("alpha");
    const up = ["--home", home, "up", "--name", "alpha", "--listen", "127.0.0.1:0"];
    {
      using terminal = new Terminal(up, 100);
      await terminal.shows(/^\d\d:\d\d:\d\d\.\d{3} info +ready alpha: at 127\.0\.0\.1:\d+, home /m);
      process.kill(holderOf(home), "SIGHUP");
      await terminal.shows(/ info +reloaded: nothing differs$/m);
      assert.doesNotMatch(terminal.screen().join("\n"), /ended with/);
    }
    await givenBack(home);
  });

  it("inside a console takes SIGHUP likewise", async () => {
    await using programs = new Programs();
    const home = programs.home("alpha");
    const told = ["--name", "alpha", "--listen", "127.0.0.1:0", "--log-level", "info"];
    {
      using terminal = new Terminal(["--home", home, "repl", "--up", ...told], 100);
      await terminal.shows(/its manor runs in this console/);
      process.kill(holderOf(home), "SIGHUP");
      await terminal.shows(/reloaded: nothing differs/);
    }
    await givenBack(home);
  });
});
