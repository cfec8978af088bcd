import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "../../src/base/address.ts";
import { RaetError } from "../../src/base/errors.ts";
import { systemClock } from "../../src/io/clock.ts";
import { Joins, type JoinsOwner } from "../../src/manor/joins.ts";
import { Neighbourhood } from "../support/manors.ts";

const hasIpv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === "::1");

const at = (port: number): Address => ({ host: "127.0.0.1", port });

/** Joins with the warnings that they gave. */
function joinsOf(more: Partial<JoinsOwner> = {}): { joins: Joins; warnings: string[] } {
  const warnings: string[] = [];
  const joins = new Joins({
    clock: systemClock,
    resolve: () => Promise.resolve(null),
    join: () => {},
    leave: () => {},
    move: () => {},
    isAlive: () => false,
    warn: (what, why, todo) => void warnings.push(`${what}: ${why}; ${todo}`),
    onError: (error) => void warnings.push(String(error)),
    ...more,
  }, 20);
  return { joins, warnings };
}

describe("a main that a manor was told to join", () => {
  it("is said to be silent after a while, once, with what to look at", async () => {
    const { joins, warnings } = joinsOf();
    joins.tell([at(7999)]);
    joins.tell([at(7999)]);
    await sleep(100);
    joins.stop();
    assert.equal(warnings.length, 1, warnings.join());
    assert.match(warnings[0], /^no answer: nobody answers at 127\.0\.0\.1:7999, .*; look whether /);
  });

  it("is not if anything came from there, or it is alive already", async () => {
    const { joins, warnings } = joinsOf({ isAlive: ({ port }) => port === 2 });
    joins.tell([1, 2, 3].map(at));
    joins.heard(at(1));
    await sleep(100);
    joins.stop();
    assert.deepEqual(warnings.map((text) => /127\.0\.0\.1:\d+/.exec(text)![0]), ["127.0.0.1:3"]);
  });

  it("is looked for again where the disk failed as its name was found", async () => {
    const { joins, warnings } = joinsOf({
      resolve: () => Promise.resolve("127.0.0.1"),
      join: () => {
        throw new RaetError("bad_config", "the file system is full");
      },
    });
    joins.tell([{ host: "main.example", port: 1 }]);
    await sleep(100);
    joins.stop();
    assert.deepEqual(warnings, ["RaetError: the file system is full"]);
  });

  it("is not any more once it is none that is to be joined", async () => {
    const { joins, warnings } = joinsOf();
    joins.tell([at(1), at(2)]);
    joins.tell([at(2)]);
    await sleep(100);
    joins.stop();
    assert.equal(warnings.length, 1, warnings.join());
    assert.match(warnings[0], /127\.0\.0\.1:2,/);
  });

  it("has the pin that was told last, also through a name that leads to the same place", async () => {
    const calls: string[] = [];
    const { joins } = joinsOf({
      resolve: () => Promise.resolve("127.0.0.1"),
      join: ({ port, pin }) => void calls.push(`join ${port} ${pin}`),
      leave: ({ port }) => void calls.push(`leave ${port}`),
    });
    const named = { host: "alpha", port: 1, pin: "aa" };
    joins.tell([at(1), named]);
    await sleep(0);
    assert.deepEqual(calls.splice(0), ["join 1 undefined", "join 1 aa"]);
    joins.again();
    assert.deepEqual(calls.splice(0), ["join 1 aa", "join 1 aa"]);
    joins.tell([at(1), { ...named, pin: "bb" }]);
    joins.tell([at(1), { ...named, pin: "bb" }, at(1)]);
    assert.deepEqual(calls.splice(0), ["join 1 bb"], "only what changed");
    joins.tell([at(1)]);
    joins.tell([]);
    assert.deepEqual(calls.splice(0), ["join 1 undefined", "leave 1"]);
    joins.stop();
  });

  it("has answered if our key waits there", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const beta = await here.open("beta", { join: [alpha.manor.address, at(1)] });
    const warned = await beta.until(({ event }) => event === "warning");
    assert.match(JSON.stringify(warned), /nobody answers at 127\.0\.0\.1:1,/);
    await beta.until(({ event }) => event === "pending");
    assert.equal(beta.events.filter(({ event }) => event === "warning").length, 1);
  });

  for (const [host, written] of [["::1", "0:0:0:0:0:0:0:1"], ["127.0.0.1", "::FFFF:7f00:1"]]) {
    const skip = hasIpv6 ? false : "this machine has no IPv6";
    it(`is joined, with its pin, where ${host} is written ${written}`, { skip }, async () => {
      await using here = new Neighbourhood();
      const listen = { host, port: 0 };
      const alpha = await here.open("alpha", { main: true, auto: "once", listen });
      const ready = await alpha.until(({ event }) => event === "ready");
      assert.ok(ready.event === "ready");
      const main = { host: written, port: alpha.manor.address.port, pin: ready.fingerprint };
      const beta = await here.open("beta", { listen: { host: "::", port: 0 }, join: [main] });
      await beta.until(({ event }) => event === "allowed");
    });
  }
});
