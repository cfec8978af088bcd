/**
 * The processes that take messages, as the client does it: a durable one is kept until it is acknowledged, what is
 * known is not taken again, and what is ordered after a refused one is refused as well.
 *
 * @module
 */
import type { Chance } from "../../sim/chance.ts";
import { type Given, idOf, type RouterPair } from "../../support/router_pair.ts";
import type { Life, Witness } from "./witness.ts";

const YARDS = ["w1", "w2"] as const;
const REFUSED = { status: "failed", code: "queue_full", message: "it has too many" } as const;

/** Two processes of beta that claim one share. */
export class Takers {
  readonly #pair: RouterPair;
  readonly #witness: Witness;
  readonly #say: (text: string) => void;
  /** up to which handle of beta's lane all is in their sockets */
  #laneHandle = 0;
  readonly #lives = new Map<string, Life>(YARDS.map((yard) => [yard, newLife(yard)]));

  constructor(pair: RouterPair, witness: Witness, say: (text: string) => void) {
    this.#pair = pair;
    this.#witness = witness;
    this.#say = say;
  }

  /** All say again what they claim. */
  claim(): void {
    for (const yard of YARDS) this.#pair.beta.claim(yard);
  }

  /** They take what lies in their sockets. */
  take(): void {
    const { beta } = this.#pair;
    for (const { yard, n, envelope } of beta.given.splice(0)) {
      const life = this.#lives.get(yard)!;
      if (life.has.has(n)) {
        if (life.has.get(n)) beta.acknowledge(yard, n, "alpha");
        continue;
      }
      this.#say(`${n} is handed to ${yard}${envelope.redelivered ? ", redelivered" : ""}`);
      this.#witness.handed(n, life, envelope.redelivered);
      if (this.#witness.kindOf(n).durable) life.has.set(n, false);
      else beta.acknowledge(yard, n, "alpha", { status: "delivered" }, false);
    }
  }

  /** What is noted, or late, they can forget. */
  hear(): void {
    for (const line of this.#pair.beta.takeTold()) {
      const [n, word] = line.split(" ");
      if (word !== "noted" && word !== "late") continue;
      for (const { has } of this.#lives.values()) if (has.get(Number(n))) has.delete(Number(n));
    }
  }

  /** One is done with a message. */
  acknowledge(chance: Chance): void {
    const life = this.#lives.get(chance.pick(...YARDS))!;
    const works = [...life.has].filter(([, isDone]) => !isDone).map(([n]) => n);
    if (works.length > 0) this.#acknowledge(life, chance.of(works));
  }

  /** They are done with all. */
  acknowledgeAll(): void {
    for (const life of this.#lives.values()) {
      for (const [n, isDone] of life.has) if (!isDone) this.#acknowledge(life, n);
    }
  }

  /** One has no room for the next durable message, and so for none of its order. */
  refuse(chance: Chance): void {
    const { beta } = this.#pair;
    const { yard, has } = this.#lives.get(chance.pick(...YARDS))!;
    const first = beta.given.find((given) => given.yard === yard);
    const isNew = ({ n }: Given) => !has.has(n);
    if (!first || !isNew(first) || !this.#witness.kindOf(first.n).durable) return;
    const isRefused = (given: Given) =>
      given === first || given.yard === yard && isNew(given) &&
        first.envelope.ordered && given.envelope.ordered;
    const refused = beta.given.filter(isRefused);
    beta.given = beta.given.filter((given) => !isRefused(given));
    for (const { n } of refused) {
      this.#say(`${yard} refuses ${n}`);
      beta.acknowledge(yard, n, "alpha", REFUSED, this.#witness.kindOf(n).durable);
    }
  }

  /** One claims the share no more, and goes on with what it has; what lies in its socket goes to others. */
  release(chance: Chance): void {
    const { beta, now } = this.#pair;
    const { yard, has } = this.#lives.get(chance.pick(...YARDS))!;
    this.#say(`${yard} lets the share go`);
    const isOfShare = ({ envelope }: Given) => envelope.destination.yard === "";
    beta.given = beta.given.filter((given) => given.yard !== yard || !isOfShare(given));
    const keeps = [...has.keys()].map((n) => ({ estate: "alpha", id: idOf(n) }));
    beta.router.release("jobs", yard, false, now, keeps);
  }

  /** What they were given is in their sockets. */
  reached(): void {
    this.#laneHandle = this.#pair.beta.given.at(-1)?.handle ?? this.#laneHandle;
  }

  /** The lane can't give one what it is about to be given. */
  bounce(chance: Chance): void {
    const { beta } = this.#pair;
    const last = beta.given.at(-1);
    if (!last || last.handle <= this.#laneHandle) return; // its socket has that
    beta.given.pop();
    this.#say(`${last.n} does not reach ${last.yard}`);
    beta.router.laneFailed(
      last.handle,
      chance.pick("queue_full", "no_yard"),
      "it was full",
      this.#pair.now,
    );
  }

  /** One is killed, and another has its name. */
  die(chance: Chance): void {
    const { beta } = this.#pair;
    const yard = chance.pick(...YARDS);
    this.#say(`${yard} is killed`);
    this.take();
    this.#lives.get(yard)!.isOver = true;
    this.#lives.set(yard, newLife(yard));
    beta.leave(yard);
    // What it was given before its manor saw that it is gone.
    beta.given = beta.given.filter((given) => given.yard !== yard);
    beta.claim(yard);
  }

  /** Their manor was started again: what lay in their sockets went with it, and one is late to attach. */
  reattach(chance: Chance, pass: (ms: number) => void): void {
    const { beta } = this.#pair;
    beta.given = [];
    beta.router.expect(YARDS, this.#pair.now);
    const late = chance.is(1 / 3) ? chance.pick(...YARDS) : "";
    for (const yard of YARDS) if (yard !== late) this.#attach(yard);
    if (late !== "") {
      pass(500 + chance.below(3000));
      this.#attach(late);
    }
    for (const { yard, has } of this.#lives.values()) {
      for (const [n, isDone] of has) if (isDone) beta.acknowledge(yard, n, "alpha");
    }
  }

  #attach(yard: string): void {
    const { beta, now } = this.#pair;
    beta.given = beta.given.filter((given) => given.yard !== yard);
    beta.attach(yard, ...[...this.#lives.get(yard)!.has.keys()].map(idOf));
    beta.claim(yard);
    beta.router.claimedAll(yard, now);
    this.#pair.flush();
  }

  #acknowledge({ yard, has }: Life, n: number): void {
    has.set(n, true);
    this.#say(`${yard} acknowledges ${n}`);
    this.#pair.beta.acknowledge(yard, n, "alpha");
  }
}

function newLife(yard: string): Life {
  return { yard, isOver: false, has: new Map() };
}
