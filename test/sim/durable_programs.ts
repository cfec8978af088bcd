/**
 * Processes that send durable and ordered messages, and that take them and acknowledge by hand: some
 * have several in hand, some die with them and come back, and ask for what the one before them sent.
 *
 * @module
 */
import { toHex } from "../../src/base/bytes.ts";
import { RaetError } from "../../src/base/errors.ts";
import type { Message } from "../../src/client/message.ts";
import type { Yard } from "../../src/client/yard.ts";
import type { Triple } from "../../src/route/triple.ts";
import type { Chance } from "./chance.ts";
import type { SimEstate } from "./estate.ts";
import type { Sent, Take } from "./witness.ts";
import type { Program, SimYard } from "./yard.ts";

/** What one is like. */
export interface KeeperTraits {
  /** between two bursts of messages, on average; Infinity for one that sends none */
  readonly sendEveryMs: number;
  /** where it sends: few, so that there are many of one order */
  readonly routes: readonly Triple[];
  readonly shares: readonly string[];
  /** it has so many in hand, and is done with them in no order */
  readonly inHandMax: number;
  /** how long it works on one, on average */
  readonly workMs: number;
  /** after so many messages, on average, it dies with those in hand */
  readonly diesAfter: number;
  /** after so many it stops listening for a while, and gives back those in hand */
  readonly stopsAfter: number;
  /** before that it takes no more, and ends its work */
  readonly endsWork: boolean;
  /** what it does about messages of a process before it */
  readonly comesBack: "resumes" | "sends again" | "forgets";
  /** lives of its messages */
  readonly livesMs: readonly number[];
  /** its ids count from nothing with each second, so processes of other hosts give the same ones */
  readonly countsIds: boolean;
  /** share of its messages that it sends under an id of its own that has ended, to another route */
  readonly reuseShare: number;
  /** after so many bursts, on average, it computes for longer than a lane waits, with a full socket */
  readonly busyAfter: number;
  /** where it sends thousands of ordered messages at once; null for one that never does */
  readonly floods: Triple | null;
}

/** So long is a life that is over only after the end of a simulation. */
const LONG_LIFE_MS = 3_600_000;
/** Lives of ordered messages that are not durable. */
const PLAIN_LIVES_MS = [500, 500, 5000, 5000, 5000, LONG_LIFE_MS];
/** Share of those that send thousands of messages at once, and to what: each fails as its turn comes. */
const FLOODING_SHARE = 0.01;
const FLOODED = { yard: "absent", share: "inbox" };
const FLOOD = 2500;
const FLOOD_MS = 3000;
/** Messages to itself that fill its socket. */
const FULL = 30;
/** Ids are used again of one of the last so many messages in the world. */
const LOOKED_AT_MAX = 300;
const QUIET_WORK_MS = 5;

/** Sends and takes until its process ends. @param die ends it, and has it come back later */
export function keeper(
  traits: KeeperTraits,
  isQuiet: () => boolean,
  die: (self: SimYard) => void,
): Program {
  return async (self, yard) => {
    const jobs = traits.shares.map((share) => takes(self, yard, share, traits, isQuiet, die));
    jobs.push(sends(self, yard, traits, isQuiet));
    await Promise.all(jobs);
  };
}

/** Draws those of an estate, with their names. */
export function drawKeepers(
  chance: Chance,
  estate: SimEstate,
  targets: readonly Triple[],
): [string, KeeperTraits][] {
  const here = estate.name;
  const routes: Triple[] = [
    ...targets,
    ...targets.map(({ estate }) => ({ estate, yard: "d1", share: "mine" })),
    { estate: here, yard: "", share: "jobs" },
  ];
  return ["d1", "d2"].filter(() => chance.is(0.5)).map((name) => [name, {
    sendEveryMs: chance.pick(300, 1000, 3000),
    routes: [chance.pick(...routes), chance.pick(...routes), chance.pick(...routes)],
    shares: ["jobs", "held", "mine"].filter(() => chance.is(0.6)),
    inHandMax: chance.pick(1, 3, 10),
    workMs: chance.pick(5, 50, 400),
    diesAfter: chance.pick(15, 60, 1e9, 1e9),
    stopsAfter: chance.pick(10, 1e9),
    endsWork: chance.is(0.5),
    comesBack: chance.pick("resumes", "sends again", "forgets"),
    livesMs: chance.pick([1000, 5000], [8000, 12_000], [12_000, LONG_LIFE_MS]),
    countsIds: chance.is(0.3),
    reuseShare: chance.pick(0, 0, 0.1),
    busyAfter: chance.pick(12, 1e9, 1e9),
    floods: chance.is(FLOODING_SHARE) ? { ...chance.pick(...targets), ...FLOODED } : null,
  }]);
}

async function sends(
  self: SimYard,
  yard: Yard,
  traits: KeeperTraits,
  isQuiet: () => boolean,
): Promise<void> {
  const { chance } = self;
  if (traits.comesBack !== "forgets") await comeBack(self, yard, traits.comesBack);
  let busyAfter = chance.about(traits.busyAfter);
  if (traits.floods) floods(self, yard, traits.floods);
  for (;;) {
    await self.pause(chance.about(traits.sendEveryMs));
    if (isQuiet()) continue;
    if (busyAfter-- < 0) {
      isBusy(self, yard);
      busyAfter = chance.about(traits.busyAfter);
    }
    for (let left = chance.pick(1, 1, 3, 15); left > 0; left--) {
      const to = chance.pick(...traits.routes);
      const durable = chance.is(0.8);
      const ordered = !durable || chance.is(0.7);
      const fill = "z".repeat(chance.pick(0, 0, 30, 2000));
      const lifeMs = durable ? chance.pick(...traits.livesMs) : chance.pick(...PLAIN_LIVES_MS);
      const id = durable
        ? traits.countsIds ? self.countedId() : toHex(chance.bytes(16))
        : undefined;
      const ended = durable && chance.is(traits.reuseShare) ? someEnded(self, to) : undefined;
      self.send(yard, to, lifeMs, fill, { durable, ordered, id: ended?.id ?? id });
    }
  }
}

/** What was sent is told while its process reads nothing, and its socket has no room. */
function isBusy(self: SimYard, yard: Yard): void {
  const { chance, estate: { name: estate } } = self;
  const share = chance.pick("jobs", "held");
  for (let i = 0; i < FULL; i++) {
    const id = toHex(chance.bytes(16));
    self.send(yard, { estate, yard: "", share }, 12_000, i, { durable: true, id });
  }
  self.pause(chance.pick(1, 20)).then(() => self.stall(chance.pick(6000, 9000)));
}

/** Thousands of messages of one order; the first is lost on its way for a while. */
function floods(self: SimYard, yard: Yard, to: Triple): void {
  const { estate: { world, outside } } = self;
  const there = world.estates.find(({ name }) => name === to.estate);
  void self.pause(self.chance.pick(3000, 5000)).then(() => {
    if (there) world.network.stick(outside, there.outside, FLOOD_MS);
    for (let i = 0; i < FLOOD; i++) self.send(yard, to, 8000, 0, { ordered: true });
  });
}

/** A message of this yard to another route whose outcome its process knows; what its id stands for is not forgotten. */
function someEnded({ estate, name, chance }: SimYard, to: Triple): Sent | undefined {
  const { durables } = estate;
  const { all } = estate.world.witness;
  const isEnded = (one: Sent) =>
    one.stored && one.told !== null && one.told.code !== "denied" && !one.mayBeForgotten() &&
    one.estate === estate.name && one.yard === name &&
    durables.resultOf({ origin: "", id: one.id }) &&
    (one.to.estate !== to.estate || one.to.yard !== to.yard || one.to.share !== to.share);
  const ended = all.slice(-LOOKED_AT_MAX).filter(isEnded);
  return ended.length > 0 ? chance.of(ended) : undefined;
}

/** Goes on with what a process before it sent and heard no outcome of, in its order. */
async function comeBack(self: SimYard, yard: Yard, how: "resumes" | "sends again"): Promise<void> {
  const { estate, name } = self;
  for (const sent of [...estate.world.witness.all]) {
    const isMine = sent.estate === estate.name && sent.yard === name;
    if (!isMine || !sent.durable || sent.told || sent.lives || sent.id === "") continue;
    // What it wrote down itself of one that may not be stored is all there is.
    if (how === "sends again") self.sendAgain(yard, sent);
    else if (sent.stored) await self.resume(yard, sent);
  }
}

async function takes(
  self: SimYard,
  yard: Yard,
  share: string,
  traits: KeeperTraits,
  isQuiet: () => boolean,
  die: (self: SimYard) => void,
): Promise<void> {
  const { chance } = self;
  for (;;) {
    const holder = self.hold();
    const hand = new Hand(self, traits, isQuiet);
    try {
      await using listener = await yard.listen(share, { manual: true });
      let dies = chance.about(traits.diesAfter);
      let stops = chance.about(traits.stopsAfter);
      for await (const message of listener) {
        const take = self.take(message, false, holder);
        if (dies-- < 0) return die(self);
        if (message.durable) await hand.add(message, take);
        if (stops-- >= 0) continue;
        if (traits.endsWork) {
          listener.stop();
          await hand.empty();
        }
        break;
      }
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
    }
    holder.ended = true;
    hand.drop();
    await self.pause(chance.between(50, 1500));
  }
}

/** What a process works on. */
class Hand {
  readonly #self: SimYard;
  readonly #traits: KeeperTraits;
  readonly #isQuiet: () => boolean;
  readonly #works: [Message, Take][] = [];
  #isDropped = false;

  constructor(self: SimYard, traits: KeeperTraits, isQuiet: () => boolean) {
    this.#self = self;
    this.#traits = traits;
    this.#isQuiet = isQuiet;
  }

  /** One more, which is done with some time; resolves when there is room for the next. */
  async add(message: Message, take: Take): Promise<void> {
    this.#works.push([message, take]);
    void this.#work();
    while (this.#works.length >= this.#traits.inHandMax && !this.#isDropped) {
      await this.#self.pause(this.#workMs);
    }
  }

  /** Resolves when it is done with all. */
  async empty(): Promise<void> {
    while (this.#works.length > 0) await this.#self.pause(this.#workMs);
  }

  /** They are somebody else's. */
  drop(): void {
    this.#isDropped = true;
  }

  /** Where all is quiet, what waits has to be done. */
  get #workMs(): number {
    return this.#isQuiet() ? QUIET_WORK_MS : this.#traits.workMs;
  }

  async #work(): Promise<void> {
    const { chance } = this.#self;
    await this.#self.pause(chance.about(this.#workMs));
    if (this.#isDropped) return;
    const [[message, take]] = this.#works.splice(chance.below(this.#works.length), 1);
    take.acknowledged = true;
    take.waits = true;
    take.noted = await message.done();
    take.waits = false;
  }
}
