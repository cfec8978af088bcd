/**
 * The processes that watch this manor, and what each wants to see. A watcher that is too slow loses
 * events, and is told how many.
 *
 * @module
 */
import { EVENTS_SHARE, type Topic, type WatchEvent } from "../route/control.ts";
import type { Value } from "../base/value.ts";
import { EVENTS_PER_TICK_MAX } from "../base/limits.ts";

interface Watcher {
  readonly topics: ReadonlySet<Topic>;
  readonly leftOut: Map<Topic, number>;
  sentThisTick: number;
}

/** Gives an event to a yard; false if it can't take it now. */
export type Notify = (yard: string, share: string, payload: Value) => boolean;

/** Who watches what. */
export class Watchers {
  readonly #watchers = new Map<string, Watcher>();
  readonly #notify: Notify;

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** Whether anybody watches a topic: else nothing has to be made of it. */
  wants(topic: Topic): boolean {
    for (const { topics } of this.#watchers.values()) if (topics.has(topic)) return true;
    return false;
  }

  /** Lets a yard see these topics, and no others. What it missed by then it is told all the same. */
  set(yard: string, topics: Topic[]): void {
    if (topics.length === 0) return void this.#watchers.delete(yard);
    const { leftOut = new Map(), sentThisTick = 0 } = this.#watchers.get(yard) ?? {};
    this.#watchers.set(yard, { topics: new Set(topics), leftOut, sentThisTick });
  }

  /** Gives an event to all who watch its topic. */
  publish(event: WatchEvent): void {
    for (const [yard, watcher] of this.#watchers) {
      if (!watcher.topics.has(event.topic)) continue;
      const sent = watcher.sentThisTick < EVENTS_PER_TICK_MAX &&
        this.#notify(yard, EVENTS_SHARE, event as unknown as Value);
      if (sent) watcher.sentThisTick++;
      else watcher.leftOut.set(event.topic, (watcher.leftOut.get(event.topic) ?? 0) + 1);
    }
  }

  /** Tells each watcher what it missed since the last tick. */
  tick(at: number): void {
    for (const [yard, watcher] of this.#watchers) {
      watcher.sentThisTick = 0;
      for (const [topic, count] of watcher.leftOut) {
        const event: WatchEvent = { topic, at, event: "left_out", count };
        if (this.#notify(yard, EVENTS_SHARE, event)) watcher.leftOut.delete(topic);
      }
    }
  }

  /** Whether somebody missed something that it has not been told. */
  get behind(): boolean {
    for (const watcher of this.#watchers.values()) {
      if (watcher.leftOut.size > 0 || watcher.sentThisTick > 0) return true;
    }
    return false;
  }
}
