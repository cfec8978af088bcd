/**
 * The order of messages that ask for it: those of one source yard to one destination are handed over
 * as they were sent, though the road carries many at once and loses some.
 *
 * - The sender's manor names in each message the one before it that has no outcome yet (`after`).
 * - The receiver's manor lets a message go on once the one that it names has.
 * - One that ends at the sender before it arrived is said to be skipped: an order may have gaps, and
 *   nothing waits for what will never come. What came after it waits for the one before it instead.
 * - Of one that left and was not answered a packet may come yet, and must not after those behind it: the
 *   next one names it until the receiver's manor has heard that it is skipped, and from then on takes no
 *   more of it.
 *
 * @module
 */
import { MESSAGES_PER_REMOTE_MAX } from "../base/limits.ts";
import type { Envelope } from "./envelope.ts";
import type { Result } from "./outcome.ts";
import type { Relay } from "./relay.ts";
import type { SeenIds } from "./seen.ts";
import { formatTriple, INBOX } from "./triple.ts";

/** Gaps that are remembered: as many as messages may wait for one estate. */
const GAPS_MAX = MESSAGES_PER_REMOTE_MAX;
/** Those of all estates. */
const GAPS_OF_ALL_MAX = 4 * GAPS_MAX;

/** What messages are ordered among: the same source yard, and the same destination. */
export function streamOf({ source, destination }: Envelope): string {
  const { estate, yard, share } = destination;
  return `${source.estate}/${source.yard} ${formatTriple({ estate, yard, share: share || INBOX })}`;
}

/** The place of one that is over, and of which a packet may come yet. */
interface Lost {
  readonly id: string;
  readonly isOver: true;
}

/**
 * At the sender's manor: ordered messages to other estates that have no outcome yet, and those without an
 * answer of which their estate has not heard that they are skipped: no more than there are such words to be sent.
 */
export class DepartureOrder {
  readonly #streams = new Map<string, (Relay | Lost)[]>();
  /** the order of each that is over, by its estate and id */
  readonly #lost = new Map<string, string>();

  /** One was taken on. */
  add(relay: Relay): void {
    const key = streamOf(relay.envelope);
    this.skipHeard(relay.envelope.destination.estate, relay.id); // one of its id before: none waits for itself
    const stream = this.#streams.get(key);
    if (stream) stream.push(relay);
    else this.#streams.set(key, [relay]);
  }

  /** The id of the one that has to be handed over before it; "" if none has to. */
  before(relay: Relay): string {
    const stream = this.#streams.get(streamOf(relay.envelope));
    const at = stream?.lastIndexOf(relay) ?? -1;
    return at > 0 ? stream![at - 1].id : "";
  }

  /**
   * One has ended, or was not taken on after all, where it has no result.
   *
   * @returns whether its estate has to hear that it is skipped, and behind which one those after it stand then
   */
  remove(relay: Relay, result: Result | null): { after: string } | null {
    const { estate } = relay.envelope.destination;
    const key = streamOf(relay.envelope);
    const stream = this.#streams.get(key);
    const at = stream?.indexOf(relay) ?? -1;
    if (!stream || at < 0) return null;
    const after = stream[at - 1]?.id ?? "";
    const hasNext = at < stream.length - 1;
    const mayCome = result !== null && mayComeYet(relay, result);
    if (mayCome) {
      stream[at] = { id: relay.id, isOver: true };
      this.#lost.set(keyOf(estate, relay.id), key);
    } else this.#takeOut(key, at);
    // None that left names one that never went on, and that one may be sent again.
    return mayCome || hasNext && result ? { after } : null;
  }

  /** An estate has heard that one is skipped, or never will. */
  skipHeard(estate: string, id: string): void {
    const lost = keyOf(estate, id);
    const key = this.#lost.get(lost);
    if (key === undefined) return;
    this.#lost.delete(lost);
    this.#takeOut(key, this.#placeOf(key, id));
  }

  /** Behind which one those after one stand that is skipped, as things are now; null if its estate has heard that. */
  skipAfter(estate: string, id: string): string | null {
    const key = this.#lost.get(keyOf(estate, id));
    if (key === undefined) return null;
    return this.#streams.get(key)![this.#placeOf(key, id) - 1]?.id ?? "";
  }

  /** Where one stands in its order that is over. */
  #placeOf(key: string, id: string): number {
    return this.#streams.get(key)!.findIndex((one) => one.id === id && "isOver" in one);
  }

  #takeOut(key: string, at: number): void {
    const stream = this.#streams.get(key)!;
    stream.splice(at, 1);
    if (stream.length === 0) this.#streams.delete(key);
  }
}

/** Whether one was given to the road of another estate, and what became of it there is not known. */
function mayComeYet({ epoch }: Relay, result: Result): boolean {
  return epoch !== "" && result.status === "failed" && result.code === "outcome_unknown";
}

/** At the receiver's manor: messages that came before the one that they come after. */
export class ArrivalOrder {
  readonly #passed: SeenIds;
  readonly #waiting = new Map<string, Set<Relay>>();
  readonly #after = new Map<Relay, string>();
  readonly #counts = new Map<string, number>();
  /** by estate, so that none pushes out those of another */
  readonly #gaps = new Map<string, Gaps>();

  /** @param passed remembers which have gone on, or will never come */
  constructor(passed: SeenIds) {
    this.#passed = passed;
  }

  /** Whether a message of that id has gone on, or will never come. */
  hasPassed(estate: string, id: string): boolean {
    return this.#passed.has(estate, id);
  }

  /** The id of the one that a message has to wait for; "" if for none. */
  before({ from, envelope }: Relay): string {
    const { ordered, after } = envelope;
    return from.kind === "estate" && ordered ? this.beyondGaps(from.name, after) : "";
  }

  /** Whom one waits for that comes after that one: a copy may name one that will never come; "" if for none. */
  beyondGaps(estate: string, after: string): string {
    let before = after;
    for (let hops = 0; before !== "" && hops < GAPS_MAX; hops++) {
      const next = this.#gaps.get(estate)?.before(before);
      if (next === undefined) return this.hasPassed(estate, before) ? "" : before;
      before = next;
    }
    return "";
  }

  /** The id of the one that a message waits for; "" if it does not wait. */
  waitsFor(relay: Relay): string {
    return this.#after.get(relay)?.slice(relay.from.name.length + 1) ?? "";
  }

  /** Lets one wait; false if too many do. */
  wait(relay: Relay, after: string): boolean {
    const estate = relay.from.name;
    const count = this.#counts.get(estate) ?? 0;
    if (count >= MESSAGES_PER_REMOTE_MAX) return false;
    this.#counts.set(estate, count + 1);
    const key = keyOf(estate, after);
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.add(relay);
    else this.#waiting.set(key, new Set([relay]));
    this.#after.set(relay, key);
    return true;
  }

  /** Whether one waits. */
  isWaiting(relay: Relay): boolean {
    return this.#after.has(relay);
  }

  /** Takes one out. */
  remove(relay: Relay): void {
    const key = this.#after.get(relay);
    if (key === undefined) return;
    this.#after.delete(relay);
    const waiting = this.#waiting.get(key)!;
    waiting.delete(relay);
    if (waiting.size === 0) this.#waiting.delete(key);
    const count = this.#counts.get(relay.from.name)! - 1;
    if (count > 0) this.#counts.set(relay.from.name, count);
    else this.#counts.delete(relay.from.name);
  }

  /** A message will never come. Those after it wait for the one before it; takes out those that needn't. */
  skip(estate: string, id: string, after: string): Relay[] {
    const before = this.beyondGaps(estate, after);
    if (before === "" || before === id) return this.pass(estate, id);
    const gaps = this.#gaps.get(estate) ?? new Gaps();
    this.#makeRoomForGap();
    this.#gaps.set(estate, gaps);
    gaps.add(id, before);
    const waiting = [...this.#waiting.get(keyOf(estate, id)) ?? []];
    return waiting.filter((relay) => {
      this.remove(relay);
      return !this.wait(relay, before);
    });
  }

  /** Where all estates have too many, the oldest of whoever has most is forgotten. */
  #makeRoomForGap(): void {
    let [count, most] = [0, ""];
    for (const [estate, { size }] of this.#gaps) {
      count += size;
      if (size > (this.#gaps.get(most)?.size ?? 0)) most = estate;
    }
    if (count < GAPS_OF_ALL_MAX) return;
    const gaps = this.#gaps.get(most)!;
    gaps.forgetOldest();
    if (gaps.size === 0) this.#gaps.delete(most);
  }

  #closeGaps(estate: string, id: string): void {
    const gaps = this.#gaps.get(estate);
    if (!gaps) return;
    gaps.delete(id);
    const closed = [id];
    for (let one = closed.pop(); one !== undefined; one = closed.pop()) {
      for (const gap of gaps.takeBehind(one)) {
        this.#passed.add(estate, gap);
        closed.push(gap);
      }
    }
    if (gaps.size === 0) this.#gaps.delete(estate);
  }

  /** A message has gone on, or will never come: takes out those that waited for it. */
  pass(estate: string, id: string): Relay[] {
    this.#passed.add(estate, id);
    this.#closeGaps(estate, id);
    const freed = [...this.#waiting.get(keyOf(estate, id)) ?? []];
    for (const relay of freed) this.remove(relay);
    return freed;
  }

  /** All of an estate that wait. */
  waitingOf(estate: string): Relay[] {
    return [...this.#after.keys()]
      .filter(({ from }) => from.name === estate)
      .reverse(); // each is gone before the one that it waits for, so that none goes on
  }
}

/** Messages of one estate that will never come, while the one before them has not gone on. */
class Gaps {
  /** which one is before each */
  readonly #before = new Map<string, string>();
  /** and those behind each */
  readonly #behind = new Map<string, Set<string>>();

  get size(): number {
    return this.#before.size;
  }

  before(id: string): string | undefined {
    return this.#before.get(id);
  }

  /** Notes one; past the bound the oldest is forgotten. */
  add(id: string, before: string): void {
    this.delete(id);
    if (this.size >= GAPS_MAX) this.forgetOldest();
    this.#before.set(id, before);
    const behind = this.#behind.get(before);
    if (behind) behind.add(id);
    else this.#behind.set(before, new Set([id]));
  }

  delete(id: string): void {
    const before = this.#before.get(id);
    if (before === undefined) return;
    this.#before.delete(id);
    const behind = this.#behind.get(before)!;
    behind.delete(id);
    if (behind.size === 0) this.#behind.delete(before);
  }

  forgetOldest(): void {
    const [oldest] = this.#before.keys();
    if (oldest !== undefined) this.delete(oldest);
  }

  /** Takes out all that come after one. */
  takeBehind(id: string): string[] {
    const behind = [...this.#behind.get(id) ?? []];
    for (const one of behind) this.delete(one);
    return behind;
  }
}

function keyOf(estate: string, id: string): string {
  return `${estate}/${id}`;
}
