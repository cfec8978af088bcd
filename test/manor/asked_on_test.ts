/** A peer whose word of what it can do is lost: it is asked on, and nothing fails for want of the answer. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { TransactionKind } from "../../src/wire/kinds.ts";
import type { SimEstate } from "../sim/estate.ts";
import { startPair } from "../sim/pair.ts";
import type { Told } from "../sim/witness.ts";
import type { World } from "../sim/world.ts";
import { packetOf } from "../support/road_pair.ts";

const JOBS = { estate: "alpha", yard: "", share: "jobs" };
/** A process of beta sends to one of alpha, while all alives of some size are thrown away. */
class Trial {
  readonly world: World;
  readonly alpha: SimEstate;
  readonly told = new Map<string, Told>();
  readonly taken: string[] = [];

  constructor() {
    const { world, alpha, beta } = startPair();
    this.world = world;
    this.alpha = alpha;
    world.addYard(this.alpha, "worker", async (_self, yard) => {
      for await (const message of await yard.listen("jobs")) {
        this.taken.push(String((message.body as { what: string }).what));
        if (message.asks) message.answer({ n: -1 });
      }
    });
    world.addYard(beta, "sender", async (_self, yard) => {
      const follow = (what: string, told: Promise<Told>) =>
        void told.then((told) => this.told.set(what, told));
      this.send = (what, how) => {
        if (how === "asks") return follow(what, yard.ask(JOBS, { what }) as Promise<Told>);
        follow(
          what,
          yard.send(JOBS, { what }, { ...how, timeoutMs: 300_000 }).outcome as Promise<Told>,
        );
      };
      await new Promise(() => {});
    });
  }

  send: (what: string, how: Record<string, boolean | string> | "asks") => void = () => {
    throw new Error("its process has not attached yet");
  };

  setSilent(isSilent: boolean): void {
    this.world.network.eavesdropper = ({ bytes }) =>
      isSilent && (packetOf(bytes, TransactionKind.alive)?.coat.length ?? 0) > 0
        ? "is held"
        : "passes";
  }

  statuses(): Record<string, string> {
    return Object.fromEntries([...this.told].map(([what, { status }]) => [what, status]));
  }

  /** A message of each kind; those that can go without, and that do at once. */
  async sendAll(): Promise<void> {
    this.send("plain", {});
    this.send("durable", { durable: true });
    this.send("ordered", { ordered: true });
    this.send("typed", { type: "job" });
    this.send("asked", "asks");
    assert.ok(await this.world.run(1000));
    assert.deepEqual(this.statuses(), { plain: "acknowledged" });
  }
}

it("a durable message waits for a peer whose sealed alives are lost, and arrives after", async () => {
  const trial = new Trial();
  trial.setSilent(true);
  assert.ok(await trial.world.run(5000));
  await trial.sendAll();
  assert.ok(await trial.world.run(15_000));
  assert.deepEqual(trial.statuses(), { plain: "acknowledged" });
  trial.setSilent(false);
  assert.ok(await trial.world.run(10_000));
  assert.deepEqual(trial.statuses(), {
    plain: "acknowledged",
    durable: "delivered",
    ordered: "delivered",
    typed: "delivered",
    asked: "answered",
  });
  assert.deepEqual(trial.taken.sort(), ["asked", "durable", "ordered", "plain", "typed"]);
});

it("so it does where the peer was started anew, and for a minute says nothing", async () => {
  const trial = new Trial();
  assert.ok(await trial.world.run(5000));
  trial.setSilent(true);
  trial.alpha.kill();
  trial.alpha.start();
  assert.ok(await trial.world.run(8000));
  trial.send("durable", { durable: true });
  trial.send("plain", {});
  assert.ok(await trial.world.run(60_000));
  assert.deepEqual(trial.statuses(), { plain: "acknowledged" });
  trial.setSilent(false);
  assert.ok(await trial.world.run(10_000));
  assert.deepEqual(trial.statuses(), { plain: "acknowledged", durable: "delivered" });
  assert.deepEqual(trial.taken.sort(), ["durable", "plain"]);
});
