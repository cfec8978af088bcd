import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupFingerprint } from "../../src/crypto/fingerprint.ts";
import type { Log, LogEntry } from "../../src/base/log.ts";
import { Neighbourhood } from "../support/manors.ts";

describe("a manor that is told other settings while it runs", () => {
  it("judges new keys in the new way, and in its own way when it is told nothing", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const join = [alpha.manor.address];
    alpha.manor.configure({ auto: "always" });
    await here.open("beta", { join });
    await alpha.until((event) => event.event === "allowed" && event.estate === "beta");
    alpha.manor.configure({});
    await here.open("gamma", { join });
    await alpha.until((event) => event.event === "pending" && event.estate === "gamma");
  });

  it("joins a main that was added, once", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true, auto: "once" });
    const beta = await here.open("beta");
    const join = [alpha.manor.address];
    beta.manor.configure({ join });
    beta.manor.configure({ join });
    await beta.until((event) => event.event === "allowed");
    assert.equal(beta.manor.snapshot().estates.length, 1);
  });

  it("takes the pin of a main that was added as people write it", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true, auto: "always" });
    const beta = await here.open("beta", { auto: "never" });
    const [ready] = alpha.events;
    assert.ok(ready.event === "ready");
    const pin = groupFingerprint(ready.fingerprint).toUpperCase();
    assert.throws(() => beta.manor.configure({ join: [{ ...alpha.manor.address, pin: "12" }] }), {
      code: "usage",
    });
    beta.manor.configure({ join: [{ ...alpha.manor.address, pin }] });
    await beta.until((event) => event.event === "allowed");
  });

  it("puts a pin in force that was added to a main, changes it, and takes it back", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const yard = await here.attach(beta);
    const [ready] = alpha.events;
    assert.ok(ready.event === "ready");
    const main = alpha.manor.address;
    const told = (name: string) => beta.events.filter(({ event }) => event === name).length;

    beta.manor.configure({ join: [{ ...main, pin: "12".repeat(32) }] });
    const rejected = await beta.until(({ event }) => event === "rejected");
    const shown = /fingerprint of the key at .* is( [0-9a-f]{4}){16}, expected( 1212){16}/;
    assert.match(JSON.stringify(rejected), shown);
    await assert.rejects(yard.send("alpha//inbox", 1).orThrow(), { code: "rejected" });

    for (const join of [[{ ...main, pin: ready.fingerprint }], [main], []]) {
      const before = told("allowed");
      beta.manor.configure({ join: [{ ...main, pin: "34".repeat(32) }] });
      beta.manor.configure({ join });
      await beta.until(() => told("allowed") > before);
    }
    assert.equal(beta.manor.snapshot().estates.length, 1);
  });

  it("holds messages for a share that was added, and keeps what one holds", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { shares: new Map([["jobs", 5]]) });
    const yard = await here.attach(alpha);
    await yard.send("//jobs", 1).taken;
    await yard.control("shares", {});
    alpha.manor.configure({ shares: new Map([["jobs", 1], ["logs", 1]]) });
    await assert.rejects(yard.send("//jobs", 2).orThrow(), { code: "queue_full" });
    await yard.send("//logs", 3).taken;
    const { rows } = await yard.control("shares", {}); // asked after the message, so done after it
    const shares = rows.map(({ name, held, declared }) => `${name} ${held} ${declared}`);
    assert.deepEqual(shares.sort(), ["inbox 0 true", "jobs 1 true", "logs 1 true"]);
  });

  it("writes into the log that it was given", async () => {
    await using here = new Neighbourhood();
    const entries: LogEntry[] = [];
    const log: Log = {
      wants: (level) => level === "info",
      write: (_, entry) => entries.push(entry),
    };
    const alpha = await here.open("alpha", { log });
    await alpha.manor.close();
    assert.deepEqual(entries.map(({ what }) => what), ["ready", "stopping", "stopped"]);
  });

  it("does not say that it stops where it could not begin", async () => {
    await using here = new Neighbourhood();
    const entries: LogEntry[] = [];
    const log: Log = { wants: () => true, write: (_, entry) => entries.push(entry) };
    const opening = here.open("alpha", { log, group: "no-such-group" });
    await assert.rejects(opening, /there is no group "no-such-group"/);
    assert.deepEqual(entries.map(({ what }) => what), []);
  });
});
