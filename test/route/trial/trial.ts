/**
 * A trial of two routers with their disks: two processes send to two others, and to a share that both claim, and all
 * goes wrong that can between and beside them. A seed decides all of it; the same seed takes the same steps.
 *
 * It is a quick brother of the simulator: no packets, no sockets, no promises.
 *
 * @module
 */
import { Chance } from "../../sim/chance.ts";
import { RouterPair } from "../../support/router_pair.ts";
import { ACTS, ACTS_WEIGHT } from "./acts.ts";
import { LateRoad } from "./late_road.ts";
import { Takers } from "./takers.ts";
import { Witness } from "./witness.ts";

/** Messages that are sent. */
const MESSAGES_MAX = 30;
const STEPS = 400;
/** The processes that send. */
export const SENDERS = ["a", "b"] as const;
/** How long each message comes to its outcome in once all is mended: longer than any lives. */
const MENDED_MS = 110_000;

/** Both manors, their processes, and what is seen of them. */
export class Trial {
  readonly pair = new RouterPair();
  readonly road: LateRoad = new LateRoad(this.pair);
  readonly witness = new Witness();
  readonly takers: Takers = new Takers(this.pair, this.witness, (text) => this.say(text));
  readonly chance: Chance;
  readonly #onStep: (text: string) => void;
  #sent = 0;

  constructor(seed: number, onStep: (text: string) => void) {
    this.chance = new Chance(seed);
    this.#onStep = onStep;
    for (const yard of SENDERS) this.pair.alpha.attach(yard);
    this.takers.claim();
  }

  /** The number of the next message; 0 once there are enough. */
  readonly next = (): number => this.#sent < MESSAGES_MAX ? ++this.#sent : 0;

  /** Notes what happens, for whoever looks at it step by step. */
  readonly say = (text: string): void => this.#onStep(`${this.pair.now} ${text}`);

  /** The process that sends hears what it was told, and those that take what is noted. */
  readonly hear = (): void => {
    for (const line of this.pair.alpha.takeTold()) {
      const [n, word] = line.split(" ");
      this.say(`${n} is told ${word}`);
      this.witness.told(Number(n), word);
    }
    this.takers.hear();
  };

  /** All steps. */
  run(): void {
    for (let step = 0; step < STEPS; step++) this.#step();
    this.#mend();
    this.witness.end();
  }

  #step(): void {
    let drawn = this.chance.below(ACTS_WEIGHT);
    for (const [weight, act] of ACTS) {
      drawn -= weight;
      if (drawn >= 0) continue;
      act(this);
      break;
    }
    if (this.chance.is(1 / 40)) this.takers.bounce(this.chance);
    for (const call of this.pair.later.splice(0)) call();
    this.takers.reached();
    this.pair.flush();
    this.road.look();
    if (this.chance.below(3) > 0) this.takers.take();
    this.hear();
  }

  /** Everything goes well from here on, and each message comes to its outcome. */
  #mend(): void {
    const { pair, takers } = this;
    this.say("all is mended");
    for (const { store } of [pair.alpha, pair.beta]) store.broken = store.unreadable = false;
    this.road.parted(() => {});
    for (const end = pair.now + MENDED_MS; pair.now < end && this.witness.open().length > 0;) {
      pair.run();
      takers.take();
      takers.claim();
      takers.acknowledgeAll();
      this.hear();
      pair.advance(200);
      pair.run();
      takers.take();
      this.hear();
    }
  }
}

/** How a trial is run. */
export interface TrialOptions {
  /** told of each step */
  readonly onStep?: (text: string) => void;
  /** done before the first */
  readonly prepare?: (trial: Trial) => void;
}

/**
 * Runs a seed.
 *
 * @throws {Finding} if a promise was broken
 */
export function runTrial(seed: number, { onStep = () => {}, prepare }: TrialOptions = {}): void {
  const trial = new Trial(seed, onStep);
  prepare?.(trial);
  trial.run();
}
