/**
 * A process attached to its manor: it sends, listens, and calls the manor's controls. One yard on
 * the lane; the link may be a socket, or a pipe inside the manor's own process.
 *
 * Invariants: every delivery ends in exactly one outcome; a message is acknowledged before the
 * program sees it, a durable one after; what the process claims is said again every few seconds, so
 * that claims outlive a restart of the manor.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { TTL_MS_MAX } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Value } from "../base/value.ts";
import {
  type AttachView,
  CONTROL_VERSION,
  type ControlVerb,
  type ControlVerbs,
  type Topic,
  type WatchEvent,
} from "../route/control.ts";
import { checkId, type Envelope, newMessageId, packEnvelope } from "../route/envelope.ts";
import { type Clock, systemClock } from "../io/clock.ts";
import type { Link } from "../io/link.ts";
import { failure } from "../route/outcome.ts";
import type { Reply } from "../route/reply.ts";
import { MANOR_YARD, type Triple } from "../route/triple.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import type { Answer } from "./answer.ts";
import { AskTable } from "./asks.ts";
import { CatchUp } from "./catch_up.ts";
import { Calls } from "./calls.ts";
import { DeliveryTable } from "./deliveries.ts";
import { Delivery } from "./delivery.ts";
import { Incoming } from "./incoming.ts";
import type { Listener } from "./listener.ts";
import { Listeners } from "./listeners.ts";
import {
  type AskOptions,
  destinationOf,
  lifeOf,
  type ListenOptions,
  type SendOptions,
  type YardParts,
} from "./options.ts";
import type { Stream } from "./stream.ts";
import { Departure, outgoing } from "./outgoing.ts";
import { ManorTie } from "./tie.ts";
import { Watches } from "./watches.ts";
import { Works } from "./works.ts";
import { warn } from "./warn.ts";

/** A process on the lane of its host. */
export class Yard implements AsyncDisposable {
  readonly #link: Link;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #tie: ManorTie;
  readonly #calls: Calls;
  readonly #deliveries: DeliveryTable;
  readonly #asks: AskTable;
  readonly #listeners: Listeners;
  readonly #acknowledgements: Acknowledgements;
  readonly #works: Works;
  readonly #catchUp: CatchUp;
  readonly #departure: Departure;
  readonly #watches: Watches;
  readonly #manorCallbacks: ((state: "gone" | "back") => void)[] = [];
  #closed = false;
  #closing: Promise<void> | null = null;

  private constructor(parts: YardParts) {
    this.#link = parts.link;
    this.#random = parts.random;
    this.#clock = parts.clock ?? systemClock;
    const { name } = this;
    const { canBeCut = false } = parts.link;
    const clock = this.#clock;
    const transmit = (envelope: Envelope) => this.#transmit(envelope);
    this.#calls = new Calls({ name, clock, random: this.#random, transmit });
    this.#deliveries = new DeliveryTable(clock);
    this.#asks = new AskTable(clock);
    this.#tie = new ManorTie({
      clock,
      introduction: () => {
        const { pid, program } = parts;
        const about = { version: CONTROL_VERSION, pid, program, news: true };
        return this.#listeners.introduce().map((holds) => ({ ...about, holds }));
      },
      introduced: () => this.#listeners.introduced(),
      control: (verb, args) => this.#calls.call(verb, args),
      claims: () => this.#listeners.claims(),
      topics: () => this.#watches.topics(),
      denied: (what, error) =>
        what === "claims" ? this.#listeners.denied(error) : this.#watches.closeAll(error),
      renewed: () => this.#listeners.tellAgain(),
      changed: (state) => this.#onManor(state),
    });
    this.#acknowledgements = new Acknowledgements(name, transmit, canBeCut);
    this.#works = new Works(this.#acknowledgements);
    this.#listeners = new Listeners({
      name,
      canBeCut,
      now: () => this.#now(),
      works: this.#works,
      acknowledgements: this.#acknowledgements,
      claim: (claim) => this.control("claim", claim),
      // A process that leaves says that once for all.
      release: async (claim) => this.#closed || await this.control("release", claim),
      renew: async (claims) => this.#closed || await this.control("renew", { claims }),
    });
    const deliveries = this.#deliveries;
    const isAway = () => this.#tie.isGone;
    const isTied = () => !this.#closed && !this.#tie.isGone;
    this.#watches = new Watches({ isTied, tell: (topics) => this.control("watch", { topics }) });
    const resume = async (ids: string[]) => (await this.control("resume", { ids })).unknown;
    this.#catchUp = new CatchUp({ clock, deliveries, isTied, transmit, resume });
    const isClosed = () => this.#closed;
    const estate = () => this.manor.estate;
    const departs = { clock, deliveries, transmit, estate, isClosed, isGone: isAway };
    this.#departure = new Departure(departs, this.#catchUp);
    const incoming = new Incoming({
      clock,
      catchUp: this.#catchUp,
      deliveries,
      tie: this.#tie,
      calls: this.#calls,
      asks: this.#asks,
      listeners: this.#listeners,
      acknowledgements: this.#acknowledgements,
      works: this.#works,
      watches: this.#watches,
      reply: (...answer) => this.#reply(...answer),
    });
    this.#link.onEvent = (event) => incoming.take(event);
  }

  /**
   * Attaches over a link.
   *
   * @throws {RaetError} no_manor if nobody answers
   */
  static async over(parts: YardParts): Promise<Yard> {
    const yard = new Yard(parts);
    try {
      await yard.#tie.begin();
    } catch (error) {
      await yard.#link.close();
      throw error;
    }
    return yard;
  }

  /** This yard's name on the lane. */
  get name(): string {
    return this.#link.yard;
  }

  /** Who the manor is. */
  get manor(): AttachView {
    return this.#tie.manor;
  }

  /**
   * Sends a message.
   *
   * @param route `estate/yard/share`; empty parts are this host, its manor, the share `inbox`
   * @param body JSON values and bytes. What within it can't travel fails the delivery with bad_body
   * @throws {RaetError} bad_route, bad_body, usage: what is wrong with the call itself
   */
  send(route: string | Triple, body: Value, options: SendOptions = {}): Delivery {
    return this.#send(destinationOf(route), body, options);
  }

  /**
   * A durable message that this process, or one before it on this host, sent: its delivery, with the
   * outcome that it had or will have. The manor remembers it until an hour after the message's life.
   *
   * @throws {RaetError} `usage` if that is no id; `no_manor`
   */
  async resume(id: string): Promise<Delivery> {
    checkId(id);
    const delivery = new Delivery(id, this.#now());
    if (this.#deliveries.has(id)) {
      throw new RaetError("usage", `message ${id} is under way from this process already`);
    }
    this.#deliveries.addStored(delivery, TTL_MS_MAX);
    try {
      await this.#catchUp.resume([id]);
    } catch (error) {
      this.#deliveries.giveUp(id, "the manor could not be asked"); // it can be asked again
      throw error;
    }
    return delivery;
  }

  /**
   * Sends a request, and waits for its answer. The answer always resolves: it is what was answered,
   * the error that was answered, or why there is none; `answerBody` throws for the last two.
   *
   * An answer counts only from the estate that was asked, and from the yard if the route names one.
   *
   * @param route `estate/yard/share`, as for `send`
   * @throws {RaetError} bad_route, bad_body, usage: what is wrong with the call itself, and before there is a
   * promise
   */
  ask(route: string | Triple, body: Value, options: AskOptions = {}): Promise<Answer> {
    if ("durable" in options && options.durable) {
      throw new RaetError(
        "usage",
        "a request can't be durable, as whoever waits for its answer may be gone: expected send",
      );
    }
    const to = destinationOf(route);
    const job = newMessageId(this.#random);
    return this.#asks.wait({
      job,
      to: { ...to, estate: to.estate || this.manor.estate },
      timeoutMs: lifeOf(options.timeoutMs),
      signal: options.signal,
      onDelivery: options.onDelivery,
      send: () => this.#send(to, body, options, { job }),
    });
  }

  /**
   * Listens on a share: what is sent to it at the manor, and to it at this yard.
   *
   * @throws {RaetError} usage, if the name can't be a share's or this yard listens there already; no_manor
   * if the manor is away; denied if it does not grant that
   */
  listen(share: string, options: ListenOptions = {}): Promise<Listener> {
    return this.#listeners.open(share, options);
  }

  /**
   * Calls one of the manor's controls.
   *
   * @throws {RaetError} with the manor's code; no_manor if it is away, or does not answer within 10 s
   */
  control<V extends ControlVerb>(
    verb: V,
    args: ControlVerbs[V]["args"],
  ): Promise<ControlVerbs[V]["result"]> {
    // One that runs again by now would say that this yard has not attached.
    if (this.#tie.isLost) return Promise.reject(new RaetError("no_manor", "the manor went away"));
    return this.#calls.call(verb, args);
  }

  /**
   * Watches what happens in the manor. Leaving the loop ends it.
   *
   * @throws {RaetError} with the manor's code; no_manor if it went away
   */
  watch(topics: Topic[]): Promise<Stream<WatchEvent>> {
    return this.#watches.open(topics);
  }

  /** Calls back when the manor goes away, and when it is back. */
  onManor(callback: (state: "gone" | "back") => void): void {
    this.#manorCallbacks.push(callback);
  }

  /** Says goodbye to the manor and ends everything that is open, after a moment for what waits to be sent. */
  close(): Promise<void> {
    return this.#closing ??= this.#end();
  }

  async #end(): Promise<void> {
    this.#closed = true;
    this.#tie.stop();
    this.#listeners.closeAll();
    this.#watches.closeAll();
    if (!this.#tie.isGone) this.#calls.sayGoodbye();
    await this.#link.close();
    this.#deliveries.giveUpAll("its sender left the lane");
    this.#works.close();
    this.#acknowledgements.close();
    this.#asks.giveUpAll("whoever asked left the lane");
    this.#calls.failAll("this process left the lane");
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(
    destination: Triple,
    body: Value,
    options: SendOptions,
    more: Partial<Envelope> = {},
  ): Delivery {
    const envelope = outgoing(this.name, destination, body, options, this.#random, more);
    const delivery = new Delivery(envelope.id, this.#now());
    this.#departure.start(delivery, envelope, options);
    return delivery;
  }

  #reply(deadline: number, request: Envelope, reply: Reply, body: Value): Delivery {
    const timeoutMs = deadline - this.#now();
    if (timeoutMs > 0) {
      return this.#send(request.source, body, { timeoutMs }, { job: request.job, reply });
    }
    const delivery = new Delivery(newMessageId(this.#random), this.#now());
    const why = "the time of whoever asked was over before the answer";
    delivery.settle(failure("expired", why), this.#now());
    return delivery;
  }

  #transmit(envelope: Envelope): number | RaetError {
    try {
      return this.#link.transmit(packEnvelope(envelope), MANOR_YARD);
    } catch (error) {
      if (error instanceof RaetError) return error;
      throw error;
    }
  }

  /** What a manor had taken on goes with it. */
  #onManor(state: "gone" | "back"): void {
    if (state === "gone") this.#deliveries.giveUpSoon("the manor went away");
    else {
      this.#works.acknowledgeAgain();
      void this.#catchUp.run();
    }
    for (const callback of this.#manorCallbacks) this.#callBack(callback, state);
  }

  /** What a program's callback throws must not keep this process from its manor, nor be hidden. */
  #callBack(callback: (state: "gone" | "back") => void, state: "gone" | "back"): void {
    try {
      callback(state);
    } catch (error) {
      warn(error);
    }
  }

  #now(): number {
    return this.#clock.now();
  }
}
