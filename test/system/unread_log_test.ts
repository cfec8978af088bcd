import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Programs, RAET, WAIT_MS_MAX } from "../support/programs.ts";
import { UnreadPipe } from "../support/unread_pipe.ts";

/** Starts a program whose stderr is a full pipe, and reads none of it. */
function start(pipe: UnreadPipe, args: readonly string[]) {
  pipe.fill();
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(RAET.file, [...RAET.args, ...args], {
    stdio: ["ignore", "ignore", pipe.writeEnd],
    env,
  });
  return { child, ended: once(child, "exit").then(([code, signal]) => code ?? signal) };
}

/** What is said there from now on, until it holds a text. */
async function saidOn(pipe: UnreadPipe, text: string): Promise<string> {
  const until = performance.now() + WAIT_MS_MAX;
  let said = "";
  while (!said.includes(text)) {
    assert.ok(performance.now() < until, `"${text}" was not said`);
    await sleep(20);
    said += pipe.read();
  }
  return said;
}

for (const blocks of [true, false]) {
  const kind = blocks ? "that holds up who writes" : "that tells who writes";
  describe(`a program whose stderr is a full pipe ${kind}`, () => {
    it("runs its manor, ends it when it is told to, and says all once it is read", async () => {
      await using programs = new Programs();
      using pipe = new UnreadPipe({ blocks });
      const home = programs.home("alpha");
      const up = ["--home", home, "up", "--name", "alpha", "--listen", "127.0.0.1:0"];
      const { child, ended } = start(pipe, up);
      try {
        let exit = 6; // no_manor: not yet
        const until = performance.now() + WAIT_MS_MAX;
        while (exit === 6 && child.exitCode === null && performance.now() < until) {
          exit = (await programs.run("alpha", ["yards"])).exit;
          if (exit === 6) await sleep(100);
        }
        assert.equal(exit, 0);
        await saidOn(pipe, '"what":"ready"');
        pipe.fill();
        process.kill(child.pid!, "SIGTERM");
        assert.equal(await ended, 0);
      } finally {
        child.kill("SIGKILL");
      }
    });

    it("says its failure once there is room", async () => {
      using pipe = new UnreadPipe({ blocks });
      const { child, ended } = start(pipe, ["nonsense"]);
      try {
        await saidOn(pipe, 'raet: unknown command "nonsense"');
        assert.equal(await ended, 1);
      } finally {
        child.kill("SIGKILL");
      }
    });
  });
}
