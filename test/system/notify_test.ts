/** What a service manager is told: each message over a real socket, by a real process. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { openNotifier } from "../../src/io/notify.ts";
import { NotifyListener } from "../support/notify_listener.ts";
import { Programs } from "../support/programs.ts";

const WATCHDOG_USEC = "400000";

describe("a manor under a service manager", () => {
  it("tells that it is ready, alive, reloading and stopping, and ends with 0", async () => {
    const folder = mkdtempSync(join(tmpdir(), "raet-notify-"));
    try {
      const path = join(folder, "notify");
      using manager = new NotifyListener(path);
      await using programs = new Programs({
        NOTIFY_SOCKET: path,
        WATCHDOG_USEC,
        RAET_DRAIN_MS: "7000",
      });
      const alpha = await programs.up("alpha", "--main");

      const ready = await manager.until("READY", ({ READY }) => READY === "1");
      assert.equal(ready, 0, "nothing is told before");
      const status = `alpha at ${alpha.address}: 0 of 0 estates alive`;
      assert.deepEqual(manager.told[ready], { READY: "1", STATUS: status });
      const fed = await manager.until("WATCHDOG", ({ WATCHDOG }) => WATCHDOG === "1");
      await manager.until("a second WATCHDOG", ({ WATCHDOG }) => WATCHDOG === "1", fed + 1);

      writeFileSync(join(programs.home("alpha"), "raet.yaml"), "alivePeriodMs: 4000\n");
      const clock = openNotifier({ NOTIFY_SOCKET: path })!;
      const sinceUs = clock.monotonicUs();
      process.kill(alpha.program.pid, "SIGHUP");
      const reloading = await manager.until("RELOADING", ({ RELOADING }) => RELOADING === "1");
      const at = Number(manager.told[reloading].MONOTONIC_USEC);
      assert.ok(at >= sinceUs && at <= clock.monotonicUs(), `${at} is between`);
      await alpha.event("reloaded");
      const again = await manager.until("READY", ({ READY }) => READY === "1", reloading);
      assert.equal(manager.told[again].STATUS, status);

      assert.equal(await alpha.end("SIGTERM"), 0);
      const stopping = await manager.until("STOPPING", ({ STOPPING }) => STOPPING === "1");
      assert.equal(manager.told[stopping].EXTEND_TIMEOUT_USEC, "22000000");
      assert.equal(manager.told.slice(stopping).some(({ READY }) => READY), false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("tells how it stands with others when that changes, at an abstract name too", async () => {
    const name = `@raet-test-${process.pid}`;
    using manager = new NotifyListener(name);
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--main");
    const env = { NOTIFY_SOCKET: name, WATCHDOG_USEC };
    const args = ["up", "--name", "beta", "--listen", "127.0.0.1:0", "--join", alpha.address];
    const beta = programs.start("beta", args, { env });
    const hasStatus = (pattern: RegExp) => ({ STATUS }: Record<string, string>) =>
      pattern.test(STATUS ?? "");
    await manager.until("illness", hasStatus(/: no main can be reached/));
    await alpha.event("pending", "beta");
    assert.equal((await programs.run("alpha", ["keys", "accept", "beta"])).exit, 0);
    await manager.until("health", hasStatus(/: 1 of 1 estates alive$/));
    assert.ok(beta.isRunning);
  });

  it("is not told a watchdog that is meant for another process, nor takes a text for a name", () => {
    const path = join(tmpdir(), "nobody");
    const watchdogMs = (env: Record<string, string>) =>
      openNotifier({ NOTIFY_SOCKET: path, ...env })!.watchdogMs;
    assert.equal(watchdogMs({ WATCHDOG_USEC }), 400);
    assert.equal(watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID: String(process.pid) }), 400);
    assert.equal(watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID: "1" }), null);
    assert.equal(watchdogMs({ WATCHDOG_USEC: "soon" }), null);
    openNotifier({ NOTIFY_SOCKET: path })!.tell("READY=1"); // nobody is there, and nothing happens
    for (const NOTIFY_SOCKET of ["", "relative", "@", `/${"x".repeat(200)}`]) {
      assert.equal(openNotifier({ NOTIFY_SOCKET }), null, NOTIFY_SOCKET);
    }
    assert.equal(openNotifier({}), null);
  });

  it("keeps one assignment a line, whatever a name holds", async () => {
    const name = `@raet-test-lines-${process.pid}`;
    using manager = new NotifyListener(name);
    openNotifier({ NOTIFY_SOCKET: name })!.tell("STATUS=a\nREADY=1\r\nSTOPPING=1", "WATCHDOG=1");
    await manager.until("status", ({ STATUS }) => STATUS !== undefined);
    assert.deepEqual(manager.told, [{ STATUS: "a READY=1 STOPPING=1", WATCHDOG: "1" }]);
  });
});
