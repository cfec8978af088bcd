/**
 * A process of a host with a program: the real client over a simulated socket. It attaches as soon as
 * there is a manor, and tells the witness what it sends, takes and is told.
 *
 * @module
 */
import { RaetError } from "../../src/base/errors.ts";
import { RECEIPT_GRACE_MS } from "../../src/base/limits.ts";
import { isBody, type Value } from "../../src/base/value.ts";
import type { Answer } from "../../src/client/answer.ts";
import { openLaneLink } from "../../src/client/lane_link.ts";
import type { Message } from "../../src/client/message.ts";
import { Yard } from "../../src/client/yard.ts";
import type { Delivery } from "../../src/client/delivery.ts";
import type { SendOptions } from "../../src/client/options.ts";
import { pause } from "../../src/io/clock.ts";
import type { Link, LinkEvent } from "../../src/io/link.ts";
import type { Outcome } from "../../src/route/outcome.ts";
import type { Triple } from "../../src/route/triple.ts";
import { Drop } from "../../src/base/drop.ts";
import { readEnvelope } from "../../src/route/envelope.ts";
import type { Chance } from "./chance.ts";
import type { SimEstate } from "./estate.ts";
import { SimProcess } from "./process.ts";
import { clocksOf } from "./life.ts";
import type { Holder, Sent, Take, Told } from "./witness.ts";

/** What a program of a yard does once it is attached. */
export type Program = (self: SimYard, yard: Yard) => Promise<void>;

/** How much later than its deadline and the receipt's grace a sender may be told. */
const TOLD_SLACK_MS = 1500;
const LOOK_FOR_MANOR_MS = 150;

/** The last id of each estate that was counted. */
const countsOf = new WeakMap<SimEstate, { second: number; count: number }>();
const durablesOf = new WeakMap<SimEstate, Set<string>>();

/** A process with a yard. */
export class SimYard {
  readonly process: SimProcess;
  readonly #sent = new Set<Sent>();
  /** Outcomes that its manor told, by message. */
  readonly #receipts = new Map<string, number>();
  /** Ids of durable messages: their outcome may be told again, and to processes after the one that sent. */
  readonly #durables: Set<string>;
  readonly #holders = new Set<Holder>();

  constructor(
    readonly estate: SimEstate,
    readonly name: string,
    readonly chance: Chance,
    private readonly program: Program,
  ) {
    const { world } = estate;
    this.#durables = durablesOf.get(estate) ?? new Set();
    durablesOf.set(estate, this.#durables);
    this.process = new SimProcess(world, `${estate.name}/${name}`, chance.branch());
    this.process.later(0, "begins", () => void this.#run());
  }

  /** Whether it goes on. */
  get runs(): boolean {
    return this.process.alive;
  }

  /** Resolves after that time on its clock. */
  pause(ms: number): Promise<void> {
    return pause(this.process, ms);
  }

  /** Ends it at once. */
  kill(): void {
    this.process.kill();
    this.estate.yardKilledAt = this.estate.world.timeline.now;
    this.estate.lane.killed(this.process);
    this.estate.world.witness.forget(this.#sent);
  }

  /** Stops it for a time. */
  stall(ms: number): void {
    const { now } = this.estate.world.timeline;
    this.process.stall(ms);
    for (const sent of this.#sent) sent.toldBy = Math.max(sent.toldBy, now) + ms;
  }

  /** Sends a message that bears a number. */
  send(yard: Yard, to: Triple, timeoutMs: number, fill: Value, how: SendOptions = {}): Sent {
    const sent = this.#note("send", to, timeoutMs, how);
    this.#follow(sent, yard.send(to, { n: sent.n, fill }, { ...how, timeoutMs }));
    return sent;
  }

  /** An id for a durable message that counts from nothing with each second: other hosts give the same. */
  countedId(): string {
    const { estate } = this;
    const second = Math.floor(estate.world.timeline.now / 1000);
    const last = countsOf.get(estate);
    const count = last?.second === second ? last.count + 1 : 0;
    countsOf.set(estate, { second, count });
    return `${second}f${count}`.padStart(32, "0");
  }

  /** Sends a durable message again that a process before this one sent, under its id. */
  sendAgain(yard: Yard, sent: Sent): void {
    const { id, to, timeoutMs, durable, ordered } = sent;
    this.#takeOver(sent, this.estate.world.timeline.now + timeoutMs);
    sent.sentAnew = !sent.stored;
    this.#follow(sent, yard.send(to, { n: sent.n }, { id, timeoutMs, durable, ordered }));
  }

  /** Asks for the outcome of a durable message that a process before this one sent. */
  async resume(yard: Yard, sent: Sent): Promise<void> {
    this.#durables.add(sent.id);
    const delivery = await yard.resume(sent.id);
    this.#takeOver(sent, Infinity);
    this.#follow(sent, delivery);
  }

  /** A program listens on a share from now on. */
  hold(): Holder {
    const holder = { process: this.process, ended: false };
    this.#holders.add(holder);
    return holder;
  }

  /** Asks for an answer. */
  ask(yard: Yard, to: Triple, timeoutMs: number, fill: Value): void {
    const sent = this.#note("ask", to, timeoutMs);
    void yard.ask(to, { n: sent.n, fill }, { timeoutMs }).then((answer) => {
      this.#told(sent, toldOfAnswer(answer));
      if (answer.status === "answered") this.#takeAnswer(sent, answer);
    });
  }

  /** A message came to the program. */
  take(message: Message, copy: boolean, holder: Holder | null = null): Take {
    const { from, to, redelivered } = message;
    const isHeld = message.durable && !copy;
    const take = this.#newTake(to.share, from, {
      copy,
      redelivered,
      holder: isHeld ? holder : null,
      acknowledged: !isHeld,
    });
    // One that was killed in the middle of a step is seen by nobody.
    if (this.process.alive) this.estate.world.witness.take(numberOf(message.body), take);
    return take;
  }

  /** Answers a request. */
  answer(message: Message): void {
    const sent = this.#note("answer", message.from, 30_000);
    const { outcome } = message.answer({ n: sent.n, of: numberOf(message.body) });
    void outcome.then((outcome) => this.#told(sent, toldOf(outcome)));
  }

  #takeAnswer(asked: Sent, answer: Answer & { status: "answered" }): void {
    const { world } = this.estate;
    if (!isBody(answer.body) || answer.body.of !== asked.n) {
      world.fail("for whom it was", `request ${asked.n} got the answer to another`);
    }
    const take = this.#newTake("inbox", answer.from, {});
    if (this.process.alive) world.witness.take(numberOf(answer.body), take);
  }

  #newTake(share: string, from: Triple, more: Partial<Take>): Take {
    const { estate, name, process } = this;
    const at = estate.world.timeline.now;
    return {
      at,
      estate: estate.name,
      yard: name,
      share,
      from,
      copy: false,
      redelivered: false,
      holder: null,
      acknowledged: true,
      noted: false,
      waits: false,
      wasAway: () => Math.max(process.awayUntil, estate.awayUntil) >= at,
      wasAwaySince: (at) => Math.max(process.awayUntil, estate.awayUntil) >= at,
      ...more,
    };
  }

  #follow(sent: Sent, delivery: Delivery): void {
    sent.id = delivery.id;
    if (sent.durable) this.#durables.add(delivery.id);
    void delivery.stored.then((isStored) => {
      if (isStored && this.process.alive) sent.stored = true;
    });
    void delivery.outcome.then((outcome) => this.#told(sent, toldOf(outcome)));
  }

  #takeOver(sent: Sent, until: number): void {
    // One that was killed in the middle of this step goes on to its end, and is heard by nobody.
    if (!this.process.alive) return;
    sent.toldBy = until + 2 * RECEIPT_GRACE_MS + TOLD_SLACK_MS;
    this.#sent.add(sent);
    this.estate.world.witness.resume(sent);
  }

  /** What it had and sent is nobody's any more: the program begins anew. */
  #leave(): void {
    for (const holder of this.#holders) holder.ended = true;
    this.#holders.clear();
    this.estate.world.witness.forget(this.#sent);
    this.#sent.clear();
  }

  async #run(): Promise<void> {
    const { estate, process } = this;
    let yard: Yard | null = null;
    try {
      yard = await this.#attach();
      await this.program(this, yard);
    } catch (error) {
      // A manor that goes away takes calls with it; the next life of this process tries again.
      if (process.alive && error instanceof RaetError && error.code === "no_manor") {
        this.#leave();
        await yard?.close();
        return void process.later(500, "begins again", () => void this.#run());
      }
      estate.world.uncaught(process, error);
    }
  }

  async #attach(): Promise<Yard> {
    const { estate, process, name, chance } = this;
    const random = chance.bytes;
    for (;;) {
      while (!estate.lane.isLive(estate.manorPath)) await this.pause(LOOK_FOR_MANOR_MS);
      const link = await openLaneLink({
        yard: name,
        directory: estate.folder,
        clock: process,
        random,
        host: estate.lane.hostFor(process),
        onError: (error) => estate.world.uncaught(process, error),
      });
      try {
        const parts = { link: this.#tapped(link), random, clock: process, program: "sim", pid: 1 };
        return await Yard.over(parts);
      } catch (error) {
        if (!(error instanceof RaetError) || error.code !== "no_manor") throw error;
      }
    }
  }

  /** The link, with what its manor says of outcomes counted. */
  #tapped(link: Link): Link {
    const tap = (event: LinkEvent) => this.#countReceipts(event);
    return {
      yard: link.yard,
      transmit: (body, to) => link.transmit(body, to),
      close: () => link.close(),
      get onEvent() {
        return link.onEvent;
      },
      set onEvent(handler) {
        link.onEvent = (event) => {
          tap(event);
          handler(event);
        };
      },
    };
  }

  #countReceipts(event: LinkEvent): void {
    if (event.type !== "message") return;
    const envelope = readEnvelope(event.body);
    if (envelope instanceof Drop) return;
    if (envelope.note !== null) return; // what is said before the outcome
    for (const id of envelope.answers) {
      if (this.#durables.has(id)) continue;
      const times = (this.#receipts.get(id) ?? 0) + 1;
      this.#receipts.set(id, times);
      this.estate.world.receipt(id, times);
    }
  }

  #note(kind: Sent["kind"], to: Triple, timeoutMs: number, how: SendOptions = {}): Sent {
    const { world, name } = this.estate;
    const { durable = false, ordered = false } = how;
    const at = world.timeline.now;
    const toldBy = at + timeoutMs + 2 * RECEIPT_GRACE_MS + TOLD_SLACK_MS;
    const sent = world.witness.send({
      kind,
      estate: name,
      yard: this.name,
      to: { ...to, estate: to.estate || name },
      at,
      timeoutMs,
      durable,
      ordered,
      ...clocksOf(this.estate, to.estate, timeoutMs),
      toldBy,
    });
    // One that was killed in the middle of this step goes on to its end, and is heard by nobody.
    if (this.process.alive) this.#sent.add(sent);
    else world.witness.forget([sent]);
    return sent;
  }

  #told(sent: Sent, told: Told): void {
    // What was left to the next process is told to that.
    if (!this.#sent.delete(sent)) return;
    if (this.process.alive) this.estate.world.witness.tell(sent, told);
  }
}

function numberOf(body: Value): number {
  return isBody(body) && typeof body.n === "number" ? body.n : -1;
}

function toldOf(outcome: Outcome): Told {
  const { status } = outcome;
  if (!("code" in outcome)) return { status, code: "", message: "" };
  return { status, code: outcome.code, message: outcome.message };
}

function toldOfAnswer(answer: Answer): Told {
  if (answer.status === "answered" || answer.status === "error") {
    return { status: "answered", code: "", message: "" };
  }
  if (answer.code === "no_answer") {
    // Its yard was not known to be one of ours yet, as after a restart of its manor.
    const isHanded = answer.message.includes("it is no raet");
    if (isHanded) return { status: "handed", code: "", message: "" };
    return { status: "no_answer", code: answer.code, message: answer.message };
  }
  return { status: answer.status, code: answer.code, message: answer.message };
}
