/**
 * A yard at work: a lane stack on its socket, with the real clock and one timer (protocol.md 6). The
 * manor has one, and every process attached to it.
 *
 * What is transmitted leaves at the end of the turn, or of the batch that is being received. Every few
 * seconds each known yard's socket is looked at, so that one whose process died is known to have left
 * though nobody sends to it.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { guard } from "../base/guard.ts";
import { YARD_LOOK_MS } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Body } from "../base/value.ts";
import type { LaneEvent, YardView } from "../lane/events.ts";
import { isYardName, yardOfPath, yardPath } from "../lane/paths.ts";
import { LaneStack, type TransmitOptions } from "../lane/stack.ts";
import { type Clock, systemClock } from "./clock.ts";
import { systemRandom } from "./random.ts";
import { type LaneHost, type LaneSocket, systemLane } from "./lane_host.ts";

/** What an endpoint is made of. */
export interface LaneEndpointOptions {
  /** Name of the lane. */
  readonly lane: string;
  /** Our own yard's name. */
  readonly yard: string;
  /** Absolute path of the directory of the sockets; made with mode 0700 if missing. */
  readonly directory: string;
  /** Gets what happens, in turn; may transmit. What it throws goes to `onError`. */
  readonly onEvent: (event: LaneEvent) => void;
  /** Called when some events have been handed over: time for what is done once for all. */
  readonly onIdle?: () => void;
  /** Gets faults of the socket and of `onEvent`; the endpoint goes on. */
  readonly onError: (error: unknown) => void;
  /** Whether yards that we don't know may send to us (default true). */
  readonly accept?: boolean;
  /** How often to look whether yards are still there (default 2 s); Infinity for never. */
  readonly lookMs?: number;
  /** Its time (default: the system's). */
  readonly clock?: Clock;
  /** For session ids (default: the system's chance). */
  readonly random?: Random;
  /** Where its socket comes from (default: the system). */
  readonly host?: LaneHost;
}

/** A yard at work. Made by `open`. */
export class LaneEndpoint {
  readonly #options: LaneEndpointOptions;
  readonly #stack: LaneStack;
  readonly #lookMs: number;
  readonly #clock: Clock;
  readonly #host: LaneHost;
  /** The socket files of yards as we first saw them. */
  readonly #identities = new Map<string, string>();
  #socket: LaneSocket | null = null;
  #callOff: (() => void) | undefined;
  #timerAt = Infinity;
  #nextLook: number;
  #pumping = false;
  #pumpAsked = false;
  #drained: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  private constructor(options: LaneEndpointOptions) {
    this.#options = options;
    this.#lookMs = options.lookMs ?? YARD_LOOK_MS;
    this.#clock = options.clock ?? systemClock;
    this.#host = options.host ?? systemLane;
    this.#nextLook = this.#clock.now() + this.#lookMs;
    const { lane, yard, directory, accept, random = systemRandom } = options;
    const isSameDirectory = this.#host.sameDirectoryAs(directory);
    this.#stack = new LaneStack({ lane, yard, directory, accept, random, isSameDirectory });
  }

  /**
   * Opens a yard.
   *
   * @throws {RaetError} `bad_config` if its socket can't be had: see `UnixDatagramSocket.open`
   */
  static async open(options: LaneEndpointOptions): Promise<LaneEndpoint> {
    const endpoint = new LaneEndpoint(options);
    const stack = endpoint.#stack;
    endpoint.#socket = await endpoint.#host.open(stack.path, {
      onDatagram: (datagram, from) => stack.receive(datagram, from, endpoint.#clock.now()),
      onTooLong: (from, length) => stack.receiveTooLong(from, length),
      onBatch: () => endpoint.#pump(),
      onWritable: (path) => {
        stack.writable(path, endpoint.#clock.now());
        endpoint.#pump();
      },
      onError: options.onError,
    });
    endpoint.#armTimer();
    return endpoint;
  }

  /** Our own yard's name. */
  get yard(): string {
    return this.#stack.yard;
  }

  /** The path of our socket. */
  get path(): string {
    return this.#stack.path;
  }

  /** What was counted. */
  get counters(): Counters {
    return this.#stack.counters;
  }

  /** The yards known now. */
  yards(): YardView[] {
    return this.#stack.yards();
  }

  /**
   * Puts a message for a yard on its way. The handle comes back in one `sent` or `failed` event, never
   * before this call has returned.
   *
   * @throws {RaetError} `bad_body`, `too_large`, `no_yard`, `queue_full`; `no_manor` if this yard is closed
   */
  transmit(body: Body, yard: string, options?: TransmitOptions): number {
    if (this.#closing !== null) {
      throw new RaetError("no_manor", `yard "${this.yard}" is closed: nothing can be sent from it`);
    }
    const isKnown = this.#stack.knows(yard);
    const handle = this.#stack.transmit(body, yard, this.#clock.now(), options);
    // Who holds its socket now is who gets that.
    if (!isKnown) this.#identify(yard, "came");
    this.#pumpSoon();
    return handle;
  }

  /** The other yards whose sockets a process holds now, whether they said anything yet or not. */
  present(): string[] {
    const { lane, directory } = this.#options;
    return this.#host.paths(directory).map((path) => yardOfPath(path, lane))
      .filter((yard) => yard !== null)
      .filter((yard) => yard !== this.yard && this.probe(yard) !== null);
  }

  /** The identity of a yard's socket while a process holds it, else null. A later process has another. */
  probe(yard: string): string | null {
    return this.#host.identity(yardPath(this.#options.directory, this.#options.lane, yard));
  }

  /** How long a process has held a yard's socket, by the date; null while none does. */
  ageMs(yard: string): number | null {
    if (!isYardName(yard)) return null;
    const bornAt = this.#host.bornAt(yardPath(this.#options.directory, this.#options.lane, yard));
    return bornAt === null ? null : this.#clock.date() - bornAt;
  }

  /** Takes our socket off the lane: no more can be sent to us, and what had come is told now. */
  async leave(): Promise<void> {
    await this.#socket?.leave();
  }

  /**
   * Sends what waits, at most for that long, fails the rest, and gives the socket up. No event comes
   * after it.
   */
  close(drainMs: number = 1000): Promise<void> {
    return this.#closing ??= this.#end(drainMs);
  }

  async #end(drainMs: number): Promise<void> {
    if (this.#pumping) await null; // asked for by a handler: what fails is told once that has returned
    this.#pump();
    if (this.#stack.waiting() > 0 && drainMs > 0) {
      let callOff: (() => void) | undefined;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        callOff = this.#clock.after(drainMs, resolve);
      });
      callOff?.();
    }
    this.#stack.close();
    this.#pump();
    this.#callOff?.();
    this.#timerAt = -Infinity;
    await this.#socket?.close();
    // A turn that was asked for has passed.
    await new Promise<void>((resolve) => this.#clock.soon(resolve));
  }

  #pumpSoon(): void {
    if (this.#pumpAsked) return;
    this.#pumpAsked = true;
    queueMicrotask(() => this.#pump());
  }

  /** Sends what may leave and tells what happened, and again while that gives more to do. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    let more = true;
    for (let rounds = 0; more && rounds < ROUNDS_PER_TURN_MAX; rounds++) {
      this.#pumpAsked = false;
      more = false;
      this.#guard(() => more = this.#stack.flush(this.#send, this.#clock.now()));
      const events = this.#stack.events();
      for (const event of events) this.#tell(event);
      if (events.length > 0) this.#guard(() => this.#options.onIdle?.());
      more ||= this.#pumpAsked;
    }
    this.#pumping = false;
    this.#pumpAsked = more;
    if (more) this.#clock.soon(() => this.#pump());
    this.#armTimer();
    if (this.#drained !== null && this.#stack.waiting() === 0) this.#drained();
  }

  readonly #send = (path: string, page: Uint8Array) => {
    const socket = this.#socket!;
    const result = socket.send(path, page);
    if (result === "full") socket.watch(path);
    return result;
  };

  #tell(event: LaneEvent): void {
    if (event.type === "yard") this.#guard(() => this.#identify(event.yard, event.state));
    this.#guard(() => this.#options.onEvent(event));
  }

  #identify(yard: string, state: "came" | "left"): void {
    const identity = state === "came" ? this.probe(yard) : null;
    if (identity === null) this.#identities.delete(yard);
    else this.#identities.set(yard, identity);
  }

  #guard(call: () => void): void {
    guard(call, this.#options.onError);
  }

  #armTimer(): void {
    const at = Math.min(this.#stack.deadline(), this.#nextLook);
    if (at >= this.#timerAt) return;
    this.#callOff?.();
    this.#timerAt = at;
    this.#callOff = this.#clock.after(at - this.#clock.now(), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = Infinity;
    const now = this.#clock.now();
    this.#guard(() => this.#stack.advance(now));
    if (now >= this.#nextLook) {
      this.#nextLook = now + this.#lookMs;
      this.#guard(() => this.#look());
    }
    this.#pump();
  }

  /** Looks whether the known yards are still who they were. */
  #look(): void {
    for (const { yard, heard, messagesWaiting } of this.#stack.yards()) {
      const identity = this.probe(yard);
      const before = this.#identities.get(yard);
      const isOther = before !== undefined && identity !== before;
      // What waits for one that never said a word is for whoever is there.
      if (identity === null || isOther && (heard || messagesWaiting === 0)) {
        this.#stack.leave(yard);
      } else {
        this.#identities.set(yard, identity);
      }
    }
  }
}

/** Rounds of sending and telling before everything else gets its turn. */
const ROUNDS_PER_TURN_MAX = 4;
