import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Body } from "../../src/base/value.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { Keep } from "../../src/keep/keep.ts";
import { planEstate, settleEstate, systemWorld } from "../../src/manor/estate.ts";
import { RoadDriver } from "../../src/manor/road_driver.ts";
import { RoadStack } from "../../src/road/stack.ts";
import { Policy } from "../../src/route/policy.ts";
import { type Estate, Neighbourhood } from "../support/manors.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const { now } = systemClock;

/** An estate that speaks the classic protocol and no more, over a real socket. */
async function joinAsClassic(here: Neighbourhood, main: Estate) {
  const keep = new Keep(new FolderStore(here.home("classic")), "classic");
  const options = { home: here.home("classic"), name: "classic", listen: LOOPBACK };
  const outcomes = new Map<number, string>();
  const waiting = new Set<() => void>();
  let driver: RoadDriver | null = null;
  const socket = await UdpSocket.open(LOOPBACK, {
    onDatagram: (datagram, from) => driver?.receive(datagram, from),
    onBatch: () => driver?.pump(),
    onError: (error) => assert.fail(String(error)),
  });
  const crypto = await loadCrypto();
  const local = settleEstate(
    keep,
    planEstate(keep, "classic", options),
    socket.address,
    options,
    systemWorld(crypto),
  );
  const stack = new RoadStack({ local, keep, crypto, random: systemRandom, now: now() });
  driver = new RoadDriver(stack, socket, systemClock, {
    onEvent: (event) => {
      if (event.type === "sent") outcomes.set(event.handle, event.outcome);
      for (const wake of waiting) wake();
    },
    onBatch: () => {},
    onError: (error) => assert.fail(String(error)),
  });
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const wake = () => {
        const found = look();
        if (found === undefined) return;
        waiting.delete(wake);
        resolve(found);
      };
      waiting.add(wake);
      wake();
    });
  stack.join(main.manor.address, now());
  driver.pump();
  await until(() => stack.remote("alpha")?.state === "allowed" || undefined);
  return {
    async send(body: Body): Promise<string> {
      const handle = stack.transmit(body, "alpha", now());
      driver.pump();
      return await until(() => outcomes.get(handle));
    },
    async [Symbol.asyncDispose]() {
      driver.stop();
      await socket.close();
    },
  };
}

describe("a message of a classic estate", () => {
  it("fails at its sender if a rule denies it, and is counted once either way", async () => {
    await using here = new Neighbourhood();
    const deny = { action: "deny", directions: ["in"], to: { share: ["fun"] } } as const;
    const policy = new Policy([deny, { action: "allow", directions: ["in"] }]);
    const alpha = await here.open("alpha", { main: true, auto: "once", policy });
    await using yard = await here.attach(alpha);
    const events = await yard.listen("events");
    await using classic = await joinAsClassic(here, alpha);
    const to = (share: string): Body => ({
      route: { src: ["classic", null, null], dst: ["alpha", null, share] },
      n: 1,
    });
    assert.equal(await classic.send(to("fun")), "failed");
    assert.equal(await classic.send(to("events")), "acknowledged");
    for await (const { body } of events) {
      assert.deepEqual(body, { n: 1 });
      break;
    }
    const { router } = await yard.control("stats", {});
    assert.equal(router.denied_by_rule, 1);
    const { rows } = await yard.control("policy", {});
    assert.deepEqual(rows.map(({ decided }) => decided), [1, 1, 0]);
  });

  it("leaves no text of any length among what is remembered of its transaction", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true, auto: "once" });
    await using yard = await here.attach(alpha);
    await using classic = await joinAsClassic(here, alpha);
    const route = { src: ["classic", null, null], dst: ["alpha", null, "jobs"] };
    for (const id of ["x".repeat(1_000_000), "0".repeat(32)]) {
      await classic.send({ route, raet: { v: 1, id } });
    }
    const { rows } = await yard.control("trace", { after: 0, limit: 100 });
    const ids = rows.filter(({ kind }) => kind === "message").map(({ messageId }) => messageId);
    assert.deepEqual(ids.sort(), ["", "0".repeat(32)]);
  });
});
