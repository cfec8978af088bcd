import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SHARES_MAX } from "../../src/base/limits.ts";
import type { LogEntry } from "../../src/base/log.ts";
import { settlesWithin, systemClock } from "../../src/io/clock.ts";
import { tick } from "../../src/io/tick.ts";
import {
  openService,
  type Service,
  type ServiceEvent,
  type ServiceLog,
} from "../../src/manor/service.ts";
import { Neighbourhood } from "../support/manors.ts";
import { WAIT_MS_MAX } from "../support/programs.ts";

/** A log that can be held up as it is told its target, as by a disk that does not answer. */
class HeldLog implements ServiceLog {
  readonly entries: string[] = [];
  /** what the next `configure` waits for */
  held: Promise<void> | null = null;
  isOpen = false;
  isAsked = false;

  wants(): boolean {
    return true;
  }

  write(_level: string, { what }: LogEntry): void {
    this.entries.push(what);
  }

  async configure(): Promise<void> {
    this.isAsked = true;
    await this.held;
    this.isOpen = true;
  }

  close(): void {
    this.isOpen = false;
  }
}

/** @param told what a service manager is told */
function open(
  home: string,
  log: ServiceLog,
  told: string[] = [],
  { env = {}, events = [] }: { env?: Record<string, string>; events?: ServiceEvent[] } = {},
): Promise<Service> {
  return openService({
    home,
    env,
    commandLine: {
      name: "alpha",
      listen: { host: "127.0.0.1", port: 0 },
      metrics: { host: "127.0.0.1", port: 0 },
    },
    log,
    logLevel: "info",
    version: "0.0.0",
    onEvent: (event) => void events.push(event),
    notifier: {
      watchdogMs: null,
      tell: (...assignments) => void told.push(assignments[0]),
      monotonicUs: () => 0,
    },
  });
}

/** Begins a reload, which waits for something. */
async function beginReload(service: Service, log: HeldLog, held: Promise<void>) {
  log.held = held;
  log.isAsked = false;
  const reload = service.reload();
  while (!log.isAsked) await tick();
  return { reload };
}

function isServed(address: string | null): Promise<boolean> {
  return fetch(`http://${address}/healthz`).then(
    (answer) => answer.text().then(() => true),
    () => false,
  );
}

describe("a service with a mistyped variable", () => {
  it("runs, and says which one it was meant to be", async () => {
    await using here = new Neighbourhood();
    const log = new HeldLog();
    const events: ServiceEvent[] = [];
    const env = { RAET_NAEM: "beta" };
    await using _service = await open(here.home("alpha"), log, [], { env, events });
    assert.deepEqual(events.map(({ event }) => event), ["ready", "metrics", "warning"]);
    assert.match((events[2] as { message: string }).message, /"RAET_NAEM" .* mean RAET_NAME$/);
    assert.ok(log.entries.includes("not read"));
  });
});

describe("a service that is closed", () => {
  it("closes its metrics and its log though a reload hangs, and once that goes on, too", async () => {
    await using here = new Neighbourhood();
    const log = new HeldLog();
    const told: string[] = [];
    const service = await open(here.home("alpha"), log, told);
    const address = service.metricsAddress;
    assert.equal(await isServed(address), true);

    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    const { reload } = await beginReload(service, log, promise);
    assert.ok(await settlesWithin(systemClock, service.close(), WAIT_MS_MAX), "it closes");
    assert.deepEqual([await isServed(address), log.isOpen], [false, false]);

    goOn();
    assert.deepEqual(await reload, [], "a closed manor changes nothing");
    assert.deepEqual(told, ["READY=1", "RELOADING=1", "STOPPING=1"], "and is not ready again");
    assert.deepEqual([await isServed(address), log.isOpen], [false, false]);
  });

  it("waits for a reload that ends in time, and reads nothing after", async () => {
    await using here = new Neighbourhood();
    const log = new HeldLog();
    const service = await open(here.home("alpha"), log);
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    const { reload } = await beginReload(service, log, promise);
    const closing = service.close();
    goOn();
    const late = service.reload();
    await closing;
    assert.deepEqual([await reload, await late, log.isOpen], [[], [], false]);
    log.isAsked = false;
    assert.deepEqual(await service.reload(), []);
    assert.deepEqual([log.isAsked, log.isOpen], [false, false]);
  });

  it("closes all though a reload or the manor failed", async () => {
    await using here = new Neighbourhood();
    const log = new HeldLog();
    const service = await open(here.home("alpha"), log);
    const address = service.metricsAddress;
    log.held = Promise.reject(new Error("a fault of the log"));
    await assert.rejects(service.reload(), /a fault of the log/);
    log.held = null;
    assert.deepEqual(await service.reload(), [], "the next one is none the worse");
    const { manor } = service;
    const close = manor.close.bind(manor, 0);
    manor.close = async () => {
      await close();
      throw new Error("a fault of the manor");
    };
    await assert.rejects(service.close(), /a fault of the manor/);
    assert.deepEqual([await isServed(address), log.isOpen], [false, false]);
  });
});

describe("a reload", () => {
  it("says again what takes a restart, until there was one: also of a share that was taken away", async () => {
    await using here = new Neighbourhood();
    const home = here.home("alpha");
    mkdirSync(home, { mode: 0o700 });
    const write = (shares: string) =>
      writeFileSync(join(home, "raet.yaml"), `shares: ${shares}\n`, { mode: 0o600 });
    write("{ jobs: { hold: 1 }, old: { hold: 2 } }");
    await using service = await open(home, new HeldLog());
    write("{ jobs: { hold: 3 } }");
    for (let time = 1; time <= 2; time++) {
      const [change, ...others] = await service.reload();
      assert.deepEqual([change.setting, change.applied, others], ["shares", "part", []]);
    }
    write("{ jobs: { hold: 3 }, old: { hold: 2 } }");
    assert.deepEqual(await service.reload(), []);
  });

  it("that fails half way says so, and is tried again the next time", async () => {
    await using here = new Neighbourhood();
    const home = here.home("alpha");
    mkdirSync(home, { mode: 0o700 });
    const write = (shares: number) => {
      const rows = Array.from({ length: shares }, (_, n) => `  s${n}: { hold: 1 }\n`);
      writeFileSync(join(home, "raet.yaml"), `shares:\n${rows.join("")}`, { mode: 0o600 });
    };
    write(1);
    const log = new HeldLog();
    await using service = await open(home, log);
    write(SHARES_MAX + 1);
    for (let time = 1; time <= 2; time++) {
      assert.deepEqual(await service.reload(), []);
      const times = log.entries.filter((what) => what === "not reloaded").length;
      assert.equal(times, time);
    }
    write(2);
    const [{ setting, applied }] = await service.reload();
    assert.deepEqual([setting, applied], ["shares", "yes"]);
  });
});
