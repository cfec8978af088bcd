/**
 * What a process watches of its manor: its programs' streams, and the topics that the manor is asked for.
 *
 * @module
 */
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

/** The streams of one process. */
export class Watches {
  readonly #yard: WatchesYard;
  readonly #topics = new Map<Stream<WatchEvent>, readonly Topic[]>();

  constructor(yard: WatchesYard) {
    this.#yard = yard;
  }

  /** All topics that somebody watches. */
  topics(): Topic[] {
    return [...new Set([...this.#topics.values()].flat())];
  }

  /** Begins one; what can't be had leaves nothing behind. @throws {RaetError} with the manor's code */
  async open(topics: readonly Topic[]): Promise<Stream<WatchEvent>> {
    const stream: Stream<WatchEvent> = new Stream(EVENTS_WAITING_MAX, () => {
      this.#topics.delete(stream);
      // What nobody watches any more must cost the manor nothing.
      if (this.#yard.isTied()) this.#yard.tell(this.topics()).catch(() => {});
    });
    this.#topics.set(stream, topics);
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
    for (const [stream, topics] of this.#topics) {
      if (topics.includes(event.topic)) stream.push(event);
    }
  }

  /** Ends all. @param error why they can't be had any more, if so */
  closeAll(error: Error | null = null): void {
    for (const stream of [...this.#topics.keys()]) stream.close(error);
  }
}
