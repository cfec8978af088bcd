import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { LOG_SUMMARY_MS } from "../../src/base/limits.ts";
import type { Log, LogEntry, LogLevel } from "../../src/base/log.ts";
import { LOG_LEVELS } from "../../src/base/log.ts";
import { Logbook } from "../../src/manor/logbook.ts";

/** A log that keeps what it is given. */
class KeptLog implements Log {
  readonly entries: (LogEntry & { level: LogLevel })[] = [];
  constructor(readonly level: LogLevel = "trace") {}

  wants(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(this.level);
  }

  write(level: LogLevel, entry: LogEntry): void {
    this.entries.push({ level, ...entry });
  }
}

const ADDRESS = { host: "10.0.0.2", port: 7530 };

/** Runs with a clock that is moved by hand. */
function withClock(run: (pass: (ms: number) => void) => void): void {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    run((ms) => mock.timers.tick(ms));
  } finally {
    mock.timers.reset();
  }
}

describe("the log of a manor", () => {
  it("says of a key that waits what, who, why and what to do", () => {
    const log = new KeptLog();
    new Logbook(log).presence({
      type: "pending",
      estate: "beta",
      role: "worker",
      address: ADDRESS,
      ours: false,
    });
    const [{ level, what, who, why, todo }] = log.entries;
    assert.deepEqual([level, what, who], ["warn", "pending", "beta"]);
    assert.match(why!, /waits for acceptance here/);
    assert.match(todo!, /raet keys accept worker/);
  });

  it("writes a drop once, and a flood of it as one line in each interval", () => {
    withClock((pass) => {
      const log = new KeptLog();
      const book = new Logbook(log);
      for (let i = 0; i < 5000; i++) book.drop("bad_signature", "10.0.0.3:1");
      assert.equal(log.entries.length, 1);
      assert.match(log.entries[0].why!, /changed or forged/);
      pass(LOG_SUMMARY_MS);
      assert.equal(log.entries.length, 2);
      assert.equal(log.entries[1].more?.count, 4999);
      assert.match(log.entries[1].why!, /4999 times in 10 s/);
      book.drop("bad_signature", "10.0.0.3:1");
      pass(LOG_SUMMARY_MS);
      assert.equal(log.entries[2].more?.count, 1, "what goes on is summed up again");
      pass(LOG_SUMMARY_MS);
      book.drop("bad_signature", "10.0.0.3:1");
      assert.equal(log.entries.length, 4, "after a quiet interval it is news again");
      book.stopped("alpha", 1000);
    });
  });

  it("is not flooded by an estate that comes and goes, nor by an operator who goes by many names", () => {
    withClock((pass) => {
      const log = new KeptLog();
      const book = new Logbook(log);
      const event = { estate: "beta", role: "beta", address: ADDRESS } as const;
      for (let n = 0; n < 1000; n++) {
        book.presence({ type: "allowed", ...event });
        book.operator(`op-${n}`, "denied", "send");
      }
      assert.equal(log.entries.filter(({ what }) => what === "allowed").length, 5);
      assert.equal(log.entries.filter(({ what }) => what === "operator denied").length, 500);
      assert.equal(log.entries.filter(({ what }) => what === "lines left out").length, 1);
      // What else there is to say still finds its place.
      book.fault("the road", "a fault");
      book.drop("bad_signature", "10.0.0.3:1");
      book.presence({ type: "rejected", ...event });
      assert.deepEqual(log.entries.slice(-3).map(({ what }) => what), [
        "fault",
        "dropped bad_signature",
        "rejected",
      ]);
      pass(LOG_SUMMARY_MS);
      const summed = log.entries.slice(-2);
      assert.match(summed.find(({ what }) => what === "allowed")!.why!, /; 995 times in 10 s$/);
      assert.match(summed.find(({ who }) => who === "operators")!.why!, /; 499 times in 10 s$/);
      book.stopped("alpha", 1000);
    });
  });

  it("keeps each reason apart, and takes what a lossy network does for nothing to warn of", () => {
    withClock(() => {
      const log = new KeptLog("warn");
      const book = new Logbook(log);
      book.drop("bad_signature", "x");
      book.drop("packet_head", "x");
      book.drop("repeated", "x");
      assert.deepEqual(log.entries.map(({ what }) => what), [
        "dropped bad_signature",
        "dropped packet_head",
      ]);
      book.stopped("alpha", 1);
    });
  });

  it("tells what is left of a flood when it is stopped", () => {
    withClock(() => {
      const log = new KeptLog();
      const book = new Logbook(log);
      book.ready({ name: "alpha", address: "127.0.0.1:7530", home: "/home/a", fingerprint: "ab" });
      for (let i = 0; i < 3; i++) book.fault("the road", "EMFILE");
      book.stopped("alpha", 2000);
      const said = log.entries.map(({ what }) => what);
      assert.deepEqual(said, ["ready", "fault", "fault", "stopped"]);
    });
  });

  it("says the end of a transaction at debug and its steps at trace", () => {
    const step = {
      type: "transaction",
      id: 7,
      kind: "message",
      ours: true,
      estate: "beta",
      packets: 4,
      bytes: 900,
      redos: 1,
      ms: 12.34,
      outcome: "done",
      why: "",
    } as Parameters<Logbook["transaction"]>[0];
    const [debug, trace] = [new KeptLog("debug"), new KeptLog("trace")];
    for (const log of [debug, trace]) {
      const book = new Logbook(log);
      for (const phase of ["began", "redo", "ended"] as const) book.transaction({ ...step, phase });
    }
    assert.deepEqual(debug.entries.map(({ what }) => what), ["message ended"]);
    assert.equal(trace.entries.length, 3);
    assert.deepEqual(debug.entries[0].more, { id: 7, packets: 4, bytes: 900, redos: 1, ms: 12.3 });
  });
});
