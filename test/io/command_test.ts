import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { checkCommand, type CommandOptions, runCommand } from "../../src/io/command.ts";
import { scriptCommand } from "../support/runtime.ts";
import { TemporaryFolder } from "../support/temporary.ts";

const utf8 = new TextEncoder();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function run(script: string, options: Partial<CommandOptions> = {}) {
  return runCommand(["sh", "-c", script], {
    input: new Uint8Array(),
    env: {},
    outBytesMax: 1000,
    errBytesMax: 10,
    ...options,
  });
}

describe("a command that is to be run", () => {
  it("is found in PATH or by its path", () => {
    checkCommand("sh");
    checkCommand("/bin/sh");
  });

  it("is refused if there is none, or it can't be run", () => {
    using folder = new TemporaryFolder();
    const script = folder.at("script.sh");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o600 });
    const cases: [string, RegExp][] = [
      ["nosuch-command", /^command "nosuch-command" can't be started: .* in PATH: expected/],
      ["./nosuch/command", /can't be started: there is no such file: expected the path/],
      [script, /is not executable: expected/],
      [folder.at("."), /there is no such file/],
      ["jq .", /expected its words one by one, or sh -c "jq \."$/],
    ];
    for (const [command, message] of cases) {
      assert.throws(() => checkCommand(command), { code: "usage", message }, command);
    }
    chmodSync(script, 0o700);
    checkCommand(script);
  });
});

describe("a command that is run for somebody", () => {
  it("gets its input and its environment, and gives back what it printed", async () => {
    const input = utf8.encode("in");
    const end = await run('cat; echo " $MORE"; echo bad >&2', { input, env: { MORE: "more" } });
    assert.deepEqual([end.exit, end.ended], [0, null]);
    assert.deepEqual([text(end.out), text(end.err)], ["in more\n", "bad\n"]);
  });

  it("gives back its exit code, or 128 and the signal that ended it", async () => {
    assert.equal((await run("exit 7")).exit, 7);
    assert.equal((await run("kill -9 $$")).exit, 137);
  });

  it("may end without reading what it gets", async () => {
    assert.equal((await run("exit 0", { input: new Uint8Array(1_000_000) })).exit, 0);
  });

  it("has the end of its stderr kept", async () => {
    const { err } = await run('for i in 1 2 3 4 5; do echo "line $i" >&2; done');
    assert.equal(text(err), "4\nline 5\n".padStart(10, " ").slice(-10));
  });

  it("is ended when it prints too much or takes too long", async () => {
    const much = await run("exec yes");
    assert.deepEqual([much.ended, much.out.length], ["too_large", 1000]);
    const long = await run("exec sleep 60", { timeoutMs: 50 });
    assert.deepEqual([long.ended, long.exit], ["timeout", 143]);
  });

  it("is ended with what it started", async () => {
    const { ended, exit } = await run("sleep 60; echo never", { timeoutMs: 50 });
    assert.deepEqual([ended, exit], ["timeout", 143]);
  });

  it("is killed if it will not end", async () => {
    const began = performance.now();
    const { ended, exit } = await run("trap '' TERM; while :; do sleep 0.1; done", {
      timeoutMs: 50,
    });
    assert.deepEqual([ended, exit], ["timeout", 137]);
    assert.ok(performance.now() - began >= 2000);
  });

  it("is not waited for when a process that it left behind holds its pipes", async () => {
    // Told to print where it is, so that it can be ended: it is in no group of ours.
    const { ended, exit, out } = await run("setsid sh -c 'echo $$; exec sleep 300' & exit 3", {
      timeoutMs: 3000,
    });
    assert.deepEqual([ended, exit], ["timeout", 3]);
    process.kill(Number(text(out)), "SIGKILL"); // which is still there
  });

  it(
    "is not waited for when it is another user's, as by sudo, and may not be ended",
    { skip: process.getuid?.() === 0 ? false : "only root becomes another user" },
    async () => {
      const script = new URL("foreign_command.ts", import.meta.url).pathname;
      const { file, args } = scriptCommand(script);
      const end = await runCommand(["setpriv", "--bounding-set", "-kill", file, ...args], {
        input: new Uint8Array(),
        env: {},
        outBytesMax: 1000,
        errBytesMax: 1000,
      });
      assert.equal(text(end.err), "");
      const { ended, exit, pid } = JSON.parse(text(end.out));
      assert.deepEqual([ended, exit], ["timeout", 137]);
      process.kill(pid, "SIGKILL"); // which is still there
    },
  );

  it("that can't be started in some other way is refused by one sentence, too", async () => {
    const options = { input: new Uint8Array(), outBytesMax: 1, errBytesMax: 1 };
    const start = (word: string, env = {}) => runCommand(["sh", "-c", word], { ...options, env });
    await assert.rejects(start("exit 0", { LONG: "x".repeat(1_000_000) }), {
      code: "usage",
      message: 'command "sh" can\'t be started: its words are too long',
    });
    await assert.rejects(start("exit \0"), { code: "usage", message: /^command "sh" can't be/ });
  });

  it("that can't be started is refused by its name", async () => {
    const options = { input: new Uint8Array(), env: {}, outBytesMax: 1, errBytesMax: 1 };
    await assert.rejects(runCommand(["no-such-command-here"], options), {
      code: "usage",
      message: 'command "no-such-command-here" can\'t be started: there is none',
    });
  });
});
