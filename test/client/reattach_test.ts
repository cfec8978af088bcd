/** A process whose manor was started again, and what the manor before gave it and it had not read. */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { openLaneLink } from "../../src/client/lane_link.ts";
import type { Message } from "../../src/client/message.ts";
import { Yard } from "../../src/client/yard.ts";
import { findHome } from "../../src/io/home.ts";
import { findLaneFolder } from "../../src/io/lane_folder.ts";
import { type LaneHost, systemLane } from "../../src/io/lane_host.ts";
import { systemRandom } from "../../src/io/random.ts";
import { yardPath } from "../../src/lane/paths.ts";
import { LANE_NAME, MANOR_YARD } from "../../src/route/triple.ts";
import { HandClock } from "../support/hand_clock.ts";
import { LinkRig } from "../support/link_rig.ts";
import { Neighbourhood } from "../support/manors.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const DURABLE = { durable: true } as const;
const OWN = { destination: { estate: "alpha", yard: "me", share: "jobs" } };

/** A host whose sockets are not read while it is told so: what comes lies in them. */
class LateReader {
  #unread: (() => void)[] | null = null;

  /** the host */
  readonly host: LaneHost = {
    ...systemLane,
    open: (path, handler) =>
      systemLane.open(path, {
        ...handler,
        onDatagram: (page, from) => {
          if (this.#unread) this.#unread.push(() => handler.onDatagram(page, from));
          else handler.onDatagram(page, from);
          this.#batch = handler.onBatch;
        },
        onWritable: (path) => handler.onWritable(path),
      }),
  };
  #batch: (() => void) | undefined;

  /** Reads no more. */
  stop(): void {
    this.#unread = [];
  }

  /** How much lies unread. */
  get count(): number {
    return this.#unread?.length ?? 0;
  }

  /** Reads all, and goes on. */
  goOn(): void {
    const unread = this.#unread ?? [];
    this.#unread = null;
    for (const read of unread) read();
    this.#batch?.();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 20_000, "it does not come");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a durable message of a manor that is gone", () => {
  it("is not taken by a process that has told the next manor already what it has", async () => {
    await using neighbourhood = new Neighbourhood();
    const alpha = await neighbourhood.open("alpha");
    const reader = new LateReader();
    const directory = findLaneFolder(findHome(alpha.home)!)!;
    const link = await openLaneLink({ yard: "late", directory, host: reader.host });
    await using late = await Yard.over({ link, random: systemRandom, program: "", pid: 1 });
    const taken: unknown[] = [];
    const listening = await late.listen("jobs");
    void (async () => {
      for await (const { body } of listening) taken.push(body);
    })();
    let state = "";
    late.onManor((to) => state = to);

    reader.stop();
    const sender = await neighbourhood.attach(alpha, "sender");
    assert.equal(await sender.send("//jobs", "once", DURABLE).stored, true);
    await until(() => reader.count > 0);
    await alpha.manor.close(0);
    await late.send("//other", 1).outcome; // so it knows that there is no manor
    assert.equal(state, "gone");

    const next = await neighbourhood.open("alpha");
    // It says what it has, and the next manor believes that.
    const before = reader.count;
    await until(() => reader.count > before);
    const other = await neighbourhood.attach(next, "other");
    const again: Message = (await (await other.listen("jobs")).next()).value;
    assert.deepEqual([again.body, again.redelivered], ["once", true]);
    reader.goOn();
    await until(() => state === "back");
    await turn();
    assert.deepEqual(taken, [], "the next manor has given it to somebody else");
    assert.equal(await again.done(), true);
  });
});

describe("a message to a process that has its socket and has not attached yet", () => {
  it("has a true outcome, and is delivered if it is durable", async () => {
    await using neighbourhood = new Neighbourhood();
    const alpha = await neighbourhood.open("alpha");
    const sender = await neighbourhood.attach(alpha, "sender");
    const kept = sender.send("/new/jobs", "kept", DURABLE);
    assert.equal(await kept.stored, true);
    const directory = findLaneFolder(findHome(alpha.home)!)!;
    const link = await openLaneLink({ yard: "new", directory });
    const plain = sender.send("/new/jobs", "plain");
    // By now the durable one has been tried again.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await using late = await Yard.over({ link, random: systemRandom, program: "", pid: 1 });
    const taken: unknown[] = [];
    const listening = await late.listen("jobs");
    void (async () => {
      for await (const message of listening) {
        taken.push(message.body);
        await message.done();
      }
    })();
    assert.equal((await kept.outcome).status, "delivered");
    const outcome = await plain.outcome;
    // It came before the listening did.
    const isTaken = outcome.status === "delivered";
    if (!isTaken) assert.equal(outcome.status === "failed" && outcome.code, "no_share");
    assert.deepEqual(taken.sort(), isTaken ? ["kept", "plain"] : ["kept"]);
  });
});

/** A process that listens on jobs, and has told its next manor what it has; that has not answered yet. */
async function attaching() {
  const rig = new LinkRig();
  const clock = new HandClock();
  const yard = await rig.attach(clock);
  const jobs = await yard.listen("jobs");
  const taken: unknown[] = [];
  void (async () => {
    for await (const { body } of jobs) taken.push(body);
  })();
  rig.late.add("attach");
  rig.restart();
  await clock.pass(2_000);
  assert.equal(rig.verbs.at(-1), "attach");
  const answer = async () => {
    rig.late.clear();
    rig.catchUp();
    await turn();
  };
  return { rig, clock, yard, jobs, taken, answer };
}

describe("a message that comes while its process tells a manor what it has", () => {
  it("waits for the answer if it is durable or ordered, and is taken in its turn then", async () => {
    const { rig, yard, taken, answer } = await attaching();
    const all = { ...DURABLE, ordered: true };
    rig.deliver("jobs", 1, all);
    rig.deliver("jobs", 2, { ordered: true });
    rig.deliver("jobs", "plain");
    rig.deliver("jobs", 3, all);
    await turn();
    assert.deepEqual(taken, ["plain"]);
    await answer();
    await turn();
    assert.deepEqual(taken, ["plain", 1, 2, 3]);
    await yard.close();
  });

  it("is forgotten if the manor that gave it is gone, and taken if the next one gives it", async () => {
    const { rig, clock, yard, taken, answer } = await attaching();
    const id = rig.deliver("jobs", 1, { ...DURABLE, ordered: true });
    rig.deliver("jobs", 2, { ordered: true });
    rig.leave();
    await turn();
    await clock.pass(500);
    const { holds } = rig.args[rig.verbs.lastIndexOf("attach")] as { holds: string[] };
    assert.deepEqual(holds, [], "a manor may have read before that it has nothing");
    rig.deliver("jobs", "again", { ...DURABLE, id, redelivered: true });
    await answer();
    await turn();
    assert.deepEqual(taken, ["again"]);
    await yard.close();
  });

  it("is turned away where nobody listens any more when the answer is there", async () => {
    const { rig, yard, jobs, taken, answer } = await attaching();
    const own = rig.deliver("jobs", 1, { ...DURABLE, ...OWN });
    const shared = rig.deliver("jobs", 2, DURABLE);
    jobs.close();
    const again = await yard.listen("jobs");
    const unheard = rig.deliver("unheard", 3, DURABLE);
    await turn();
    assert.equal(rig.receiptOf(unheard), undefined, "the next manor may have given it to somebody");
    await answer();
    await turn();
    for (const id of [own, unheard]) {
      const refused = rig.receiptOf(id);
      assert.equal(refused?.status === "failed" && refused.code, "no_share");
    }
    assert.equal(rig.receiptOf(shared), undefined, "the release gives it to the next claimant");
    again.close();
    assert.deepEqual(taken, []);
    await yard.close();
  });
});

/** A process whose manor went away; the next one has answered its attach, and not yet all after that. */
async function comingBack() {
  const rig = new LinkRig();
  const clock = new HandClock();
  const yard = await rig.attach(clock);
  const states: string[] = [];
  yard.onManor((state) => states.push(state));
  rig.leave();
  rig.late.add("renew");
  await clock.pass(500);
  assert.deepEqual(rig.verbs, ["attach", "attach", "renew"]);
  assert.deepEqual(states, ["gone"]);
  return { rig, clock, yard, states };
}

describe("a process whose manor comes back", () => {
  it("hears nothing of that once it has closed its yard", async () => {
    const { rig, yard, states } = await comingBack();
    const { promise, resolve } = Promise.withResolvers<void>();
    rig.draining = promise;
    const closing = yard.close();
    rig.late.clear();
    rig.catchUp();
    await turn();
    resolve();
    await closing;
    assert.deepEqual(states, ["gone"]);
  });

  it("is not told so if it is gone again with its last answer", async () => {
    const { rig, clock, yard, states } = await comingBack();
    rig.late.clear();
    rig.catchUp();
    rig.leave();
    await turn();
    assert.deepEqual(states, ["gone"]);
    await clock.pass(500);
    assert.equal(rig.verbs.filter((verb) => verb === "attach").length, 3);
    assert.deepEqual(states, ["gone", "back"]);
    await yard.close();
  });

  it("attaches once, however long the manor takes to answer", async () => {
    const { rig, clock, yard, answer } = await attaching();
    const states: string[] = [];
    yard.onManor((state) => states.push(state));
    await clock.pass(5_000);
    await answer();
    await turn();
    assert.equal(rig.verbs.filter((verb) => verb === "attach").length, 2);
    assert.deepEqual(states, ["back"]);
    await yard.close();
  });

  it("looks for it soon also if that went away just as it answered", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    const yard = await rig.attach(clock);
    rig.late.add("renew");
    await clock.pass(2_000);
    assert.equal(rig.verbs.at(-1), "renew");
    rig.late.clear();
    rig.catchUp();
    rig.leave();
    await turn();
    await clock.pass(500);
    assert.equal(rig.verbs.filter((verb) => verb === "attach").length, 2);
    await yard.close();
  });

  it("calls a manor that it has not attached to yet gone", async () => {
    await using neighbourhood = new Neighbourhood();
    const alpha = await neighbourhood.open("alpha");
    const directory = findLaneFolder(findHome(alpha.home)!)!;
    const clock = new HandClock(); // the moment never comes at which it attaches again
    const link = await openLaneLink({ yard: "worker", directory });
    const parts = { link, random: systemRandom, program: "", pid: 1, clock };
    await using worker = await Yard.over(parts);
    await alpha.manor.close(0);
    await worker.send("//other", 1).outcome;
    await neighbourhood.open("alpha");
    await assert.rejects(worker.control("stats", {}), { code: "no_manor" });
    await assert.rejects(worker.listen("jobs"), { code: "no_manor" });
  });
});

describe("a manor that is killed before it said a word", () => {
  it("is known to be gone, with the attach that it had not read, so the next one is told in time", async () => {
    await using neighbourhood = new Neighbourhood();
    const alpha = await neighbourhood.open("alpha");
    const directory = findLaneFolder(findHome(alpha.home)!)!;
    const clock = new HandClock();
    const link = await openLaneLink({ yard: "worker", directory, clock });
    const parts = { link, random: systemRandom, program: "", pid: 1, clock };
    await using worker = await Yard.over(parts);
    let state = "";
    worker.onManor((to) => state = to);
    await alpha.manor.close(0);
    await worker.send("//other", 1).outcome;
    assert.equal(state, "gone");

    let pages = 0;
    const path = yardPath(directory, LANE_NAME, MANOR_YARD);
    const mortal = await systemLane.open(path, {
      onDatagram: () => void pages++,
      onWritable: () => {},
      onError: (error) => assert.fail(String(error)),
    });
    await clock.pass(500);
    await until(() => pages > 0);
    await mortal.close();
    await neighbourhood.open("alpha");
    await clock.pass(2_000); // it looks who is on its lane
    await clock.pass(500);
    await until(() => state === "back");
  });
});
