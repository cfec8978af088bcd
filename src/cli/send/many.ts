/**
 * Sends many messages: to several ends, or one after the other, at a rate or as fast as they are taken.
 *
 * @module
 */
import type { Value } from "../../base/value.ts";
import type { Delivery } from "../../client/delivery.ts";
import type { Yard } from "../../client/yard.ts";
import { formatTriple, type Triple } from "../../route/triple.ts";
import type { Output } from "../output.ts";
import { pause } from "../pause.ts";
import { type End, Tally } from "./tally.ts";
import { endOfDurable, noteWaiting } from "./durable.ts";
import type { BodyMaker } from "./source.ts";

/** Messages under way at once to all ends. */
const IN_FLIGHT_MAX = 256;
/** By how much timers are late at most: that is made good for the rate, a pause of the input is not. */
const LATE_MS_MAX = 100;

/** What to send. */
export interface ManyOptions {
  readonly yard: Yard;
  readonly ends: readonly Triple[];
  /** what makes the bodies, one after the other, as each is due; each goes to every end */
  readonly bodies: AsyncIterable<BodyMaker> | Iterable<BodyMaker>;
  /** bodies a second; Infinity for as fast as it goes */
  readonly rate: number;
  /** how each is sent */
  readonly sending: Sending;
  /** whether to wait for what becomes of each */
  readonly wait: boolean;
  /** begins no more */
  readonly signal: AbortSignal;
  /** where it is said that some wait for their estate */
  readonly output: Output;
}

/** How a message is sent. */
export interface Sending {
  /** its life, milliseconds */
  readonly ttlMs?: number;
  readonly durable: boolean;
  readonly ordered: boolean;
  readonly id?: string;
  readonly type?: string;
  /** how long a durable one's outcome is waited for, milliseconds */
  readonly waitMs: number;
}

/** Many messages, and how far they are. */
export class ManyMessages {
  /** One for each end, in order. */
  readonly tallies: readonly Tally[];
  readonly #options: ManyOptions;
  #cutShort = false;
  #inFlight = 0;
  #wake = () => {};

  constructor(options: ManyOptions) {
    this.#options = options;
    this.tallies = options.ends.map((end) => new Tally(formatTriple(end)));
  }

  /** How many have ended, at all ends together. */
  get ended(): number {
    return this.tallies.reduce((sum, { ended }) => sum + ended, 0);
  }

  /** Whether the signal came before all were sent. */
  get isCutShort(): boolean {
    return this.#cutShort;
  }

  /** Sends them all, and waits for their ends. What a body can't be is thrown, once the rest has ended. */
  async run(): Promise<void> {
    const { bodies, rate, signal, ends } = this.#options;
    let due = performance.now();
    let number = 0;
    try {
      for await (const make of bodies) {
        due = Math.max(due, performance.now() - LATE_MS_MAX);
        await pause(due - performance.now(), signal);
        due += 1000 / rate;
        number++;
        if (signal.aborted) {
          this.#cutShort = true;
          break;
        }
        const body = make(number); // only now, as it may tell the time
        for (const [i, end] of ends.entries()) {
          await this.#below(IN_FLIGHT_MAX);
          if (signal.aborted) this.#cutShort = true;
          else this.#send(end, this.tallies[i], body);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      this.#cutShort = true; // in the middle of its input
    } finally {
      await this.#below(1);
    }
  }

  #send(end: Triple, tally: Tally, body: Value): void {
    const { yard, output } = this.#options;
    const delivery = startSending(yard, end, body, this.#options);
    if (tally.sent++ === 0) noteWaiting(output, delivery, end);
    this.#inFlight++;
    endOf(delivery, this.#options).then((outcome) => {
      tally.add(outcome);
      this.#inFlight--;
      this.#wake();
    });
  }

  async #below(count: number): Promise<void> {
    while (this.#inFlight >= count) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

/** Sends one. A durable one is not given up with the command: its manor goes on with it. */
export function startSending(
  yard: Yard,
  to: Triple,
  body: Value,
  { sending, signal }: Pick<ManyOptions, "sending" | "signal">,
): Delivery {
  const { ttlMs, durable, ordered, id, type } = sending;
  const more = durable ? {} : { signal };
  return yard.send(to, body, { timeoutMs: ttlMs, durable, ordered, id, type, ...more });
}

/** What there is to say of one in the end. */
export function endOf(
  delivery: Delivery,
  { sending, wait, signal }: Pick<ManyOptions, "sending" | "wait" | "signal">,
): Promise<End> {
  if (sending.durable) return endOfDurable(delivery, wait ? sending.waitMs : 0, signal);
  return wait ? delivery.outcome : taken(delivery);
}

/** Its outcome if it has one by then, else that it was taken. */
async function taken(delivery: Delivery): Promise<End> {
  await delivery.taken;
  const now: End = { status: "taken", id: delivery.id, ms: 0 };
  return await Promise.race([delivery.outcome, Promise.resolve(now)]);
}
