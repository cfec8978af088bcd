/**
 * What a process watches of its manor: its programs' streams, and the topics that the manor is asked for.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import type { Topic, WatchEvent } from "../route/control.ts";
import { Stream } from "./stream.ts";

/** Events that wait for a watching program. */
const EVENTS_WAITING_MAX = 10_000;

/** What watching needs of its yard. */
export interface WatchesYard {
  /** whether there is a manor to tell */
  isTied(): boolean;
  /** asks the manor for what happens in these topics, and in no others. @throws {RaetError} */
  tell(topics: Topic[]): Promise<unknown>;
}

/** What one stream is for. */
interface Watch {
  readonly topics: readonly Topic[];
  /** what found no room in it, and has not been told yet */
  readonly leftOut: Map<Topic, number>;
}

/** The streams of one process. */
export class Watches {
  readonly #yard: WatchesYard;
  readonly #watches = new Map<Stream<WatchEvent>, Watch>();

  constructor(yard: WatchesYard) {
    this.#yard = yard;
  }

  /** All topics that somebody watches. */
  topics(): Topic[] {
    return [...new Set([...this.#watches.values()].flatMap(({ topics }) => topics))];
  }

  /** Begins one; what can't be had leaves nothing behind. @throws {RaetError} usage; or with the manor's code */
  async open(topics: readonly Topic[]): Promise<Stream<WatchEvent>> {
    if (!Array.isArray(topics)) {
      throw new RaetError(
        "usage",
        `"${topics}" is no list of topics: expected one, as ["messages"]`,
      );
    }
    const stream: Stream<WatchEvent> = new Stream(EVENTS_WAITING_MAX, () => {
      this.#watches.delete(stream);
      // What nobody watches any more must cost the manor nothing.
      if (this.#yard.isTied()) this.#yard.tell(this.topics()).catch(() => {});
    });
    this.#watches.set(stream, { topics, leftOut: new Map() });
    try {
      await this.#yard.tell(this.topics());
    } catch (error) {
      stream.close();
      throw error;
    }
    return stream;
  }

  /** The manor told of something. */
  take(payload: Value): void {
    const event = payload as WatchEvent;
    for (const [stream, { topics, leftOut }] of this.#watches) {
      if (topics.includes(event.topic)) push(stream, event, leftOut);
    }
  }

  /** Ends all. @param error why they can't be had any more, if so */
  closeAll(error: Error | null = null): void {
    for (const stream of [...this.#watches.keys()]) stream.close(error);
  }
}

/** Adds an event, and before it what its program has missed since it read last. */
function push(stream: Stream<WatchEvent>, event: WatchEvent, leftOut: Map<Topic, number>): void {
  const { at } = event;
  for (const [topic, count] of leftOut) {
    if (stream.push({ topic, at, event: "left_out", count })) leftOut.delete(topic);
  }
  if (stream.push(event)) return;
  const count = event.event === "left_out" ? event.count : 1;
  leftOut.set(event.topic, (leftOut.get(event.topic) ?? 0) + count);
}
