/**
 * The yards of this host: those whose sockets are on the lane, and those inside the manor's own process.
 * A name is one yard's: a process of the lane can't speak for a yard of the manor's process.
 *
 * @module
 */
import type { Counters, DropReason } from "../base/drop.ts";
import { type ErrorCode, RaetError } from "../base/errors.ts";
import { checkOwnName } from "../base/names.ts";
import type { Body } from "../base/value.ts";
import type { LaneEndpoint } from "../io/lane_endpoint.ts";
import type { Link } from "../io/link.ts";
import type { LaneEvent } from "../lane/events.ts";
import { MANOR_YARD } from "../route/triple.ts";
import { refusalOfClash } from "./name_clash.ts";
import type { ManorParts } from "./parts.ts";
import { type PipeReader, Pipes } from "./pipes.ts";

/** What the yards tell their manor. */
export interface YardsOwner {
  message(yard: string, body: Body): void;
  sent(handle: number): void;
  failed(handle: number, code: ErrorCode, message: string): void;
  /** a process begins under that name: all that one before it said has been told */
  came(yard: string): void;
  left(yard: string): void;
  dropped(reason: DropReason, from: string, detail: string): void;
  /** a batch of input has passed */
  idle(): void;
  onError(where: string, error: unknown): void;
}

/** All yards of one manor. */
export class LocalYards {
  readonly #owner: YardsOwner;
  readonly #pipes: Pipes;
  #lane: LaneEndpoint | null = null;

  constructor(owner: YardsOwner) {
    this.#owner = owner;
    this.#pipes = new Pipes({
      fromPipe: (yard, body) => owner.message(yard, body),
      pipeSent: (handle) => owner.sent(handle),
      pipeLeft: (yard) => owner.left(yard),
      onError: (error) => owner.onError("a yard of this process", error),
    }, () => owner.idle());
  }

  /** Opens the manor's own socket. @throws {RaetError} as `LaneEndpoint.open` */
  async openLane(open: NonNullable<ManorParts["openLane"]>): Promise<void> {
    this.#lane = await open({
      onEvent: (event) => this.#onLane(event),
      onIdle: () => this.#owner.idle(),
      onError: (error) => this.#owner.onError("the lane", error),
    });
  }

  /** Yards that are on the lane, whether they said anything yet or not. */
  present(): string[] {
    return this.#lane?.present() ?? [];
  }

  /** Puts a message for a yard on its way. @throws {RaetError} no_yard, too_large, bad_body, queue_full */
  transmit(body: Body, yard: string, packing: "json" | "msgpack"): number {
    if (this.#pipes.has(yard)) return this.#pipes.transmit(body, yard);
    if (this.#lane !== null) return this.#lane.transmit(body, yard, { packing });
    throw new RaetError("no_yard", `no yard "${yard}" is in this process, and there is no lane`);
  }

  /** How long a yard has been there; null where nobody is. One of this process attaches, sooner or later. */
  ageMs(yard: string): number | null {
    if (this.#pipes.has(yard)) return 0;
    return this.#lane?.ageMs(yard) ?? null;
  }

  /** Bytes that a yard was given and has not read. The lane's are told nothing past a bound of its own. */
  unread(yard: string): number {
    return this.#pipes.unread(yard);
  }

  /** Makes a yard inside this process. @throws {RaetError} usage if its name is taken, or can't be one */
  link(yard: string, reader?: PipeReader): Link {
    checkOwnName("yard", yard);
    const taken = yard === MANOR_YARD || this.rows().some(({ name }) => name === yard);
    if (taken) throw new RaetError("usage", `yard "${yard}" is on the lane already`);
    this.#owner.came(yard);
    return this.#pipes.open(yard, reader);
  }

  /** Every yard, and how many messages wait for it. */
  rows(): { name: string; queued: number }[] {
    const lane = this.#lane?.yards() ?? [];
    return [
      ...lane.map(({ yard, messagesWaiting }) => ({ name: yard, queued: messagesWaiting })),
      ...this.#pipes.names().map((name) => ({ name, queued: 0 })),
    ];
  }

  /** What the lane counted; null until it is open. */
  get counters(): Counters | null {
    return this.#lane?.counters ?? null;
  }

  /** Takes the manor's socket off the lane: no more can be sent to it, and what had come is told now. */
  async leave(): Promise<void> {
    await this.#lane?.leave();
  }

  /** Gives the lane up, after what waits has been sent, or the time is over. */
  async close(drainMs: number): Promise<void> {
    await this.#lane?.close(drainMs);
  }

  /** What a yard of this process sends from now on fails. */
  stop(): void {
    this.#pipes.stop();
  }

  #onLane(event: LaneEvent): void {
    switch (event.type) {
      case "message":
        if (this.#pipes.has(event.yard)) return this.#refuseClash(event.yard, event.body);
        return this.#owner.message(event.yard, event.body);
      case "sent":
        return this.#owner.sent(event.handle);
      case "failed":
        return this.#owner.failed(event.handle, event.code, event.message);
      case "yard":
        if (!this.#pipes.has(event.yard)) this.#owner[event.state](event.yard);
        return;
      case "dropped":
        return this.#owner.dropped(event.reason, event.from, event.detail);
    }
  }

  #refuseClash(yard: string, body: Body): void {
    this.#owner.dropped("false_source", yard, "a yard of this process has that name");
    const refusal = refusalOfClash(body, yard);
    if (refusal) this.#lane!.transmit(refusal, yard, { packing: "msgpack" });
  }
}
