/**
 * Runs the road stack: datagrams in and out of the socket, its events to the manor, its deadlines by
 * one timer. Driven by what happens, never by polling.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { guard } from "../base/guard.ts";
import type { Clock } from "../io/clock.ts";
import type { RoadEvent } from "../road/events.ts";
import type { RoadStack } from "../road/stack.ts";
import { Alarm } from "./timer.ts";

/** The socket, as the driver needs it. */
export interface RoadSocket {
  send(bytes: Uint8Array, to: Address): void;
}

/** What the driver tells the manor. */
export interface RoadListener {
  onEvent(event: RoadEvent): void;
  /** some events were passed on: time for what is done once for all */
  onBatch(): void;
  /** something failed that should not, here or in one of the above: the road goes on */
  onError(error: unknown): void;
}

/** Couples a road stack to its socket and the clock. */
export class RoadDriver {
  readonly #stack: RoadStack;
  readonly #socket: RoadSocket;
  readonly #clock: Clock;
  readonly #listener: RoadListener;
  readonly #alarm: Alarm;
  #pumping = false;
  #stopped = false;

  constructor(stack: RoadStack, socket: RoadSocket, clock: Clock, listener: RoadListener) {
    this.#stack = stack;
    this.#socket = socket;
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#onTime());
    this.#listener = listener;
  }

  /** A datagram came. Call `pump` after a batch of them. */
  receive(datagram: Uint8Array, from: Address): void {
    if (!this.#stopped) this.#stack.receive(datagram, from, this.#clock.now());
  }

  /** Passes on what the stack has to say, until it has nothing more. */
  pump(): void {
    // An event's handler may give the stack more to do: the loop below sees it, not a second one.
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    for (;;) {
      const events = this.#stack.events();
      for (const event of events) this.#guard(() => this.#listener.onEvent(event));
      this.#guard(() => this.#listener.onBatch());
      const datagrams = this.#stack.outgoing();
      for (const { bytes, to } of datagrams) this.#socket.send(bytes, to);
      if (events.length === 0 && datagrams.length === 0) break;
    }
    this.#pumping = false;
    this.#alarm.setFor(this.#stack.deadline());
  }

  /** Ends the session with every remote, as far as one last packet each does. */
  stop(): void {
    this.#guard(() => this.#stack.close(this.#clock.now()));
    this.pump();
    this.#stopped = true;
    this.#alarm.stop();
  }

  #onTime(): void {
    if (this.#stopped) return;
    this.#guard(() => this.#stack.advance(this.#clock.now()));
    this.pump();
  }

  /** One event that can't be dealt with takes none of the others with it. */
  #guard(call: () => void): void {
    guard(call, (error) => this.#listener.onError(error));
  }
}
