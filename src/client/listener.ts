/**
 * What a process hears on one share. A message is acknowledged before the program gets it, and its
 * life is looked at again then: nothing is handed over after its deadline, and nothing whose receipt
 * can't be given to the manor, as that would give it to somebody else some time. A durable one is
 * acknowledged once the program is done with it: it says so, or takes the next one.
 *
 * @module
 */
import type { RaetError } from "../base/errors.ts";
import {
  COPIES_WAITING_MAX,
  COPY_BYTES_WAITING_MAX,
  UNACKNOWLEDGED_PER_CLAIMANT_MAX,
} from "../base/limits.ts";
import { weightOf } from "../base/weight.ts";
import type { Envelope } from "../route/envelope.ts";
import { failure, type Result } from "../route/outcome.ts";
import { isDurable, type Message } from "./message.ts";
import type { Telling } from "./receipts.ts";
import { Stream } from "./stream.ts";
import type { Works } from "./works.ts";

/**
 * Messages of one share, for `for await`. Leaving the loop gives the claim up, and with it a durable
 * message that the program did not say it is done with.
 */
export interface Listener extends AsyncIterableIterator<Message>, AsyncDisposable {
  /**
   * Takes the next message, and acknowledges it; a durable one when the next is taken.
   *
   * @throws {RaetError} `denied` if the manor does not grant it any more: it has ended
   */
  next(): Promise<IteratorResult<Message>>;
  /**
   * With `observe`: copies that nobody will see, as they came faster than the program takes them, or it took them
   * after their deadline. Without, none is left out: what is not taken goes to another, or its sender is told.
   */
  readonly leftOut: number;
  /**
   * Takes no more: `next` ends, and what came and was not taken goes to the next claimant. The program keeps the
   * durable messages that it works on, until `close`.
   */
  stop(): void;
  /** Ends it. What came and was not taken, or is not done, goes to the next claimant. */
  close(): void;
  /** The listener itself. */
  [Symbol.asyncIterator](): Listener;
}

/** A message that waits to be taken. */
export interface Arrived {
  readonly message: Message;
  readonly envelope: Envelope;
  /** when its life ends, on the yard's clock */
  readonly deadline: number;
}

interface Waiting extends Arrived {
  /** about the memory that it takes; 0 of what is claimed, as that is never much */
  readonly bytes: number;
}

/** What a listener needs of its yard. */
export interface ListenerYard {
  now(): number;
  /** tells the manor that the program has a message, as long as it is due; `full` if it was not told */
  handOver(envelope: Envelope, isDue: () => boolean): Promise<Telling>;
  /** the program did not take one before its deadline */
  expired(envelope: Envelope, result: Result): void;
  /** durable messages of this process */
  readonly works: Works;
  /** nobody takes that one: it came just before the listener ended */
  turnAway(envelope: Envelope): void;
  /** the listener has ended, as far as it did not before; durable ones that the program is not done with */
  closed(taken: Envelope[]): void;
  /** it takes no more; what came and was not taken */
  stopped(left: Arrived[]): void;
}

/** A listener, and how its yard fills it. */
export class ShareListener implements Listener {
  readonly #yard: ListenerYard;
  readonly #arrived: Stream<Waiting>;
  readonly #observe: boolean;
  readonly #manual: boolean;
  #bytes = 0;
  #leftOut = 0;
  #stopped = false;
  #closed = false;

  /** Made by `Yard.listen`. */
  constructor(yard: ListenerYard, observe: boolean, manual: boolean) {
    this.#yard = yard;
    this.#observe = observe;
    this.#manual = manual;
    const waitingMax = observe ? COPIES_WAITING_MAX : UNACKNOWLEDGED_PER_CLAIMANT_MAX;
    this.#arrived = new Stream(waitingMax, (left) => {
      this.#stopped = true;
      yard.stopped(left);
    });
  }

  /** For the yard: whether it takes what comes. */
  get takes(): boolean {
    return !this.#stopped;
  }

  /** For the yard: a message came; false if there is no room for it. */
  push(arrived: Arrived): boolean {
    const bytes = this.#observe ? weightOf(arrived.envelope.payload) : 0;
    const hasRoom = this.#bytes === 0 || this.#bytes + bytes <= COPY_BYTES_WAITING_MAX;
    if (hasRoom && this.#arrived.push({ ...arrived, bytes })) {
      this.#bytes += bytes;
      return true;
    }
    this.#leaveOut();
    return false;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  /** For the yard: takes out what waits and would be acknowledged, as somebody else gets it now. */
  drop(): Envelope[] {
    return this.#arrived.remove(({ envelope }) => envelope.wants).map(({ envelope }) => envelope);
  }

  async next(): Promise<IteratorResult<Message>> {
    if (!this.#manual) this.#yard.works.finish(this);
    while (true) {
      const result = await this.#arrived.next();
      if (result.done) return { value: undefined, done: true };
      const { message, bytes } = result.value;
      this.#bytes -= bytes;
      if (await this.#begin(result.value)) return { value: message, done: false };
    }
  }

  /** Whether the program gets a message; else it goes back, unless its manor gives it to somebody else by itself. */
  async #begin({ envelope, deadline }: Waiting): Promise<boolean> {
    const isDue = () => !this.#stopped && deadline > this.#yard.now();
    if (isDue()) {
      if (isDurable(envelope)) {
        this.#yard.works.begin(envelope, this);
        return true;
      }
      const telling = await this.#yard.handOver(envelope, isDue);
      if (telling !== "full") return telling === "told";
    }
    if (this.#stopped) this.#yard.turnAway(envelope);
    else {
      this.#leaveOut();
      const why = "the process did not take the message before its deadline";
      this.#yard.expired(envelope, failure("expired", why));
    }
    return false;
  }

  stop(): void {
    this.#arrived.close();
  }

  close(): void {
    this.#end(null);
  }

  /** For the yard: it can't be had any more. */
  fail(error: RaetError): void {
    this.#end(error);
  }

  /** Of a copy nobody is told. */
  #leaveOut(): void {
    if (this.#observe) this.#leftOut++;
  }

  #end(error: RaetError | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#yard.closed(this.#yard.works.leave(this));
    this.#arrived.close(error);
  }

  /** Called by `for await` when its loop is left. */
  return(): Promise<IteratorResult<Message>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
