/**
 * What a console shows while it does something else: events that it watches, messages of shares that
 * it listens on, and the manor's coming and going, all as live lines.
 *
 * @module
 */
import { RaetError } from "../src/base/errors.ts";
import { jsonLine } from "../src/cli/body.ts";
import type { Result } from "../src/cli/console_controls.ts";
import { eventLine } from "../src/cli/draw/event.ts";
import type { Output } from "../src/cli/output.ts";
import { formatTime, type Line, paint } from "../src/cli/text.ts";
import { isShown, WATCH_NOTHING, type Watching } from "../src/cli/watching.ts";
import type { Message } from "../src/client/message.ts";
import type { Yard } from "../src/client/yard.ts";
import type { Topic, WatchEvent } from "../src/route/control.ts";
import { formatTriple, type Triple } from "../src/route/triple.ts";
import { leftOutText, type LiveBatch, LiveLines } from "./live.ts";
import { Listeners } from "./listeners.ts";

/** Characters of a body in a live line; `last` shows all of it. */
const BODY_CHARS_MAX = 200;

/** What the console is told besides. */
export interface NewsOwner {
  /** a message came */
  message(result: Result): void;
  /** the manor went away, or is back */
  manor(): void;
}

/** The live lines of one console. */
export class News {
  readonly listeners: Listeners;
  readonly #yard: Yard;
  readonly #output: () => Output;
  readonly #live: LiveLines;
  #watching: Watching = WATCH_NOTHING;
  #topics: readonly Topic[] = [];
  #events: { close(): void } | null = null;
  #paused: Paused | null = null;
  #gone = false;

  /** @param output how the console prints just now */
  constructor(yard: Yard, output: () => Output, owner: NewsOwner) {
    this.#yard = yard;
    this.#output = output;
    this.#live = new LiveLines((batch) => this.#print(batch));
    this.listeners = new Listeners(yard, {
      message: (message) => {
        const of = `message ${message.id} from ${formatTriple(message.from)}`;
        owner.message({ of, records: [messageRecord(message)] });
        const line = messageLine(message, Date.now());
        this.#live.add({
          kind: `on ${message.to.share}`,
          draw: () => line,
          record: messageRecord(message),
        });
      },
      ended: (share, error) => this.#sayEnded(`listening on ${share}`, error),
    });
    yard.onManor((state) => {
      this.#gone = state === "gone";
      this.#onManor(state);
      owner.manor();
    });
  }

  /** What is watched. */
  get watching(): Watching {
    return this.#watching;
  }

  /** Whether the manor is away. */
  get isManorGone(): boolean {
    return this.#gone;
  }

  /** Watches something else; nothing where that fails. @throws {RaetError} as `Yard.watch` */
  async watch(watching: Watching): Promise<void> {
    this.#watching = watching;
    const { topics } = watching;
    if (topics.length === this.#topics.length && topics.every((t) => this.#topics.includes(t))) {
      return;
    }
    this.#topics = topics;
    this.#events?.close();
    this.#events = null;
    if (topics.length === 0) return;
    const events = await this.#yard.watch([...topics]).catch((error) => {
      if (this.#topics === topics) this.#watchNothing();
      throw error;
    });
    if (this.#topics !== topics) return events.close(); // somebody wants others by now
    this.#events = events;
    void this.#read(events);
  }

  /** Holds lines back: somebody has the whole screen. */
  pause(): void {
    this.#live.flush();
    this.#paused = { batches: [], leftOut: new Map() };
  }

  /** Prints the last of what was held back, and how much there was before. */
  resume(): void {
    this.#live.flush();
    const { batches, leftOut } = this.#paused ?? { batches: [], leftOut: new Map() };
    this.#paused = null;
    if (leftOut.size > 0) this.#print({ lines: [], leftOut });
    for (const batch of batches) this.#print(batch);
  }

  /** Prints what waits, and ends. */
  end(): void {
    this.#live.flush();
    this.#events?.close();
    this.listeners.stop(undefined);
  }

  async #read(events: AsyncIterable<WatchEvent> & { close(): void }): Promise<void> {
    try {
      for await (const event of events) {
        if (!isShown(event, this.#watching)) continue;
        if (event.event === "left_out") this.#live.leaveOut(event.topic, event.count);
        else this.#live.add({ kind: kindOf(event), draw: () => eventLine(event), record: event });
      }
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      if (this.#events === events) this.#watchNothing();
      this.#sayEnded("watching", error);
    }
  }

  #watchNothing(): void {
    this.#watching = WATCH_NOTHING;
    this.#topics = [];
    this.#events = null;
  }

  /** Something that went on beside what is typed can't be had any more. */
  #sayEnded(what: string, { code, message: why }: RaetError): void {
    const message = `${what} has ended: ${why}`;
    this.#live.add({
      kind: `${what} has ended`,
      draw: () => [paint("red", "raet:"), ` ${message}`],
      record: { error: { code, message } },
    });
  }

  #print(batch: LiveBatch): void {
    if (this.#paused) return holdBack(this.#paused, batch);
    const output = this.#output();
    if (output.json) {
      for (const { record } of batch.lines) output.record(record);
      if (batch.leftOut.size > 0) {
        output.record({ event: "left_out", counts: Object.fromEntries(batch.leftOut) });
      }
      return;
    }
    const lines = batch.lines.map(({ draw }) => draw());
    if (batch.leftOut.size > 0) lines.push(paint("dim", leftOutText(batch.leftOut)));
    output.say(...lines);
  }

  #onManor(state: "gone" | "back"): void {
    const said = state === "gone"
      ? paint("red", "the manor went away; waiting for it to come back")
      : paint("green", "the manor is back");
    this.#live.add({
      kind: `manor ${state}`,
      draw: () => said,
      record: { event: `manor_${state}` },
    });
  }
}

/** What is held back while somebody has the whole screen. */
interface Paused {
  readonly batches: LiveBatch[];
  /** how many lines of each kind there were before these */
  readonly leftOut: Map<string, number>;
}

/** Batches that are shown after that. */
const PAUSED_BATCHES_MAX = 10;

function holdBack({ batches, leftOut }: Paused, batch: LiveBatch): void {
  batches.push(batch);
  if (batches.length <= PAUSED_BATCHES_MAX) return;
  const oldest = batches.shift()!;
  const count = (kind: string, times: number) =>
    leftOut.set(kind, (leftOut.get(kind) ?? 0) + times);
  for (const { kind } of oldest.lines) count(kind, 1);
  for (const [kind, times] of oldest.leftOut) count(kind, times);
}

function kindOf(event: Exclude<WatchEvent, { event: "left_out" }>): string {
  return event.topic === "transactions"
    ? `${event.transaction.kind} ${event.event}`
    : event.topic === "messages"
    ? `messages ${event.event}`
    : event.event;
}

function messageRecord({ from, to, id, body, type, redelivered }: Message): object {
  const again = redelivered ? { redelivered } : {};
  return { from: parts(from), to: parts(to), id, type, body, ...again };
}

function messageLine({ from, to, body }: Message, at: number): Line {
  const text = jsonLine(body);
  const shown = text.length <= BODY_CHARS_MAX
    ? [text]
    : [`${text.slice(0, BODY_CHARS_MAX)}… `, paint("dim", `${text.length} characters; see last`)];
  const time = paint("dim", formatTime(at));
  return [time, " ", paint("cyan", formatTriple(from)), ` > ${formatTriple(to)} `, ...shown];
}

function parts({ estate, yard, share }: Triple): string[] {
  return [estate, yard, share];
}
