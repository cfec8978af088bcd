/**
 * The messages that a manor has taken on and that have no outcome yet. Each is a relay from one
 * party to another: at the manor of its sender from a yard to an estate, at the other from an estate
 * to a yard. Whoever it came from hears exactly once what became of it.
 *
 * @module
 */
import {
  DELIVERIES_MAX,
  DELIVERIES_PER_PARTY_MAX,
  DELIVERY_BYTES_MAX,
  DELIVERY_BYTES_PER_PARTY_MAX,
  RECEIPT_GRACE_MS,
} from "../base/limits.ts";
import { weightOf } from "../base/weight.ts";
import type { MessageKey } from "./control.ts";
import type { Envelope } from "./envelope.ts";
import { failure, type Result } from "./outcome.ts";

/** Somebody that a message comes from or is given to. */
export interface Party {
  readonly kind: "yard" | "estate";
  readonly name: string;
}

/** What a message has besides that is kept on disk. */
export interface Kept {
  /** the estate that it came from, "" for a yard of ours: with its id the key on disk */
  readonly origin: string;
  /** bytes on disk, or about what it takes in memory if that is more */
  readonly bytes: number;
  /** on disk stands that it waits for that one, or "" */
  after: string;
  /** a run before this one of its sender's manor, or of ours, named that one: the next may know nothing of it */
  isAfterOld: boolean;
  /** on disk stands that it was given to somebody, so it may have arrived */
  handed: boolean;
  /** it was given to an estate before, or maybe to anybody by an earlier run, and nobody said how that ended */
  inDoubt: boolean;
  /** a process that has gone may have seen it */
  redelivered: boolean;
  /** how often it was given in vain */
  tries: number;
}

/** What one has besides that is taken on, or found on disk. */
export function newKept(known: Pick<Kept, "origin" | "bytes" | "handed" | "after">): Kept {
  return { ...known, isAfterOld: false, inDoubt: false, redelivered: false, tries: 0 };
}

/** A message under way through this manor. */
export interface Relay {
  /** the message's id; one of ours if it had none */
  readonly id: string;
  /** whoever hears what becomes of it; of a durable one another process may ask for that */
  from: Party;
  readonly envelope: Envelope;
  /** when its life ends, on the caller's clock */
  readonly deadline: number;
  /** the share of ours that it goes through, or "" */
  share: string;
  /** held: given to nobody; moving: with a stack; given: its receipt is awaited */
  stage: "held" | "moving" | "given";
  /** who has it now */
  to: Party | null;
  /** the stack's handle for it, 0 if no stack has it */
  handle: number;
  /** the epoch of the estate that has it */
  epoch: string;
  /** whoever sent it was told that it waits for an estate */
  waitSaid: boolean;
  /** counts up in the order in which messages have their turn; 0 until this one has, if it is not from disk */
  number: number;
  /** it has had its turn, and waits for none before it again */
  hasGone: boolean;
  /** null for a message that lives in memory only */
  readonly kept: Kept | null;
  /** about how much memory its payload takes; 0 until somebody asked */
  bytes: number;
}

/** The key of a party, for maps. */
export function partyKey(party: Party): string {
  return `${party.kind}/${party.name}`;
}

/** The estate that a party is, "" for a yard of ours. */
export function originOf({ kind, name }: Party): string {
  return kind === "estate" ? name : "";
}

/** Which messages a yard keeps whose claim has ended. */
export type Keeps = readonly MessageKey[] | "all";

/** Whether it is one of those durable messages, as a process of our estate of that name calls them. */
export function isAmong(
  { id, kept }: Relay,
  keys: readonly MessageKey[],
  estate: string,
): boolean {
  return kept !== null &&
    keys.some((key) => key.id === id && key.estate === (kept.origin || estate));
}

/** Relays by who has them, and what falls due when. */
export class RelayTable {
  readonly #all = new Set<Relay>();
  readonly #given = new Map<string, Relay>();
  readonly #byParty = new Map<string, Load>();
  #bytes = 0;
  #nextDue = Infinity;
  #lastNumber = 0;
  #kept = 0;

  /** A message that is held; it is not taken on yet. */
  make(known: Pick<Relay, "id" | "from" | "envelope" | "deadline" | "kept">): Relay {
    return {
      ...known,
      share: "",
      stage: "held",
      to: null,
      handle: 0,
      epoch: "",
      waitSaid: false,
      number: 0,
      hasGone: false,
      bytes: 0,
    };
  }

  /** All that have no outcome yet. */
  allOpen(): Relay[] {
    return [...this.#all];
  }

  /** How many have no outcome yet. */
  get size(): number {
    return this.#all.size;
  }

  /** It goes on only now: after all that have by then. */
  renumber(relay: Relay): void {
    relay.number = ++this.#lastNumber;
  }

  /**
   * Why no more can be taken on from a party; null if one can.
   *
   * @param coming messages that will be taken on before it, in all and of that party
   */
  refusal(party: Party, coming = { all: 0, own: 0 }): Result | null {
    const own = this.#byParty.get(partyKey(party)) ?? NOTHING;
    const all = this.#all.size - this.#kept; // those have bounds of their own
    const fits = all + coming.all < DELIVERIES_MAX &&
      own.messages + coming.own < DELIVERIES_PER_PARTY_MAX && this.#bytes < DELIVERY_BYTES_MAX &&
      own.bytes < DELIVERY_BYTES_PER_PARTY_MAX;
    if (fits) return null;
    const has =
      `${all} messages of ${this.#bytes} bytes under way, ${own.messages} of ${own.bytes}`;
    return failure("queue_full", `the manor has ${has} from ${party.kind} "${party.name}"`);
  }

  /** Takes one on. */
  add(relay: Relay): void {
    this.#all.add(relay);
    if (relay.kept) this.#kept++;
    else this.#count(relay, 1);
    this.#nextDue = Math.min(this.#nextDue, relay.deadline);
  }

  /** Whether it has no outcome yet. */
  has(relay: Relay): boolean {
    return this.#all.has(relay);
  }

  /** Notes who has it; false if that party has another message by that name. */
  give(relay: Relay, to: Party): boolean {
    const key = givenKeyOf(relay, to);
    if (this.#given.has(key)) return false;
    this.take(relay);
    relay.to = to;
    this.#given.set(key, relay);
    return true;
  }

  /** Takes it back from whoever has it. */
  take(relay: Relay): void {
    if (relay.to) this.#given.delete(givenKeyOf(relay, relay.to));
    relay.to = null;
    relay.handle = 0;
  }

  /**
   * The message of that id that the party has.
   *
   * @param origin of a durable one that a yard has: the estate that it came from, "" for a yard of ours
   */
  givenTo(party: Party, id: string, origin?: string): Relay | undefined {
    return this.#given.get(givenKey(party, id, origin));
  }

  /** All that a party has. */
  allGivenTo(party: Party): Relay[] {
    return [...this.#given.values()].filter((relay) =>
      relay.to?.kind === party.kind && relay.to.name === party.name
    );
  }

  /** Forgets one that has its outcome. */
  remove(relay: Relay): void {
    this.take(relay);
    if (!this.#all.delete(relay)) return;
    if (relay.kept) this.#kept--;
    else this.#count(relay, -1);
  }

  /** When to ask for what is due. */
  nextDue(): number {
    return this.#all.size === 0 ? Infinity : this.#nextDue;
  }

  /** Those whose time is over. The sweep is rare: its time is a lower bound of all deadlines. */
  due(now: number): Relay[] {
    if (now < this.nextDue()) return [];
    const due: Relay[] = [];
    this.#nextDue = Infinity;
    for (const relay of this.#all) {
      const end = endOf(relay);
      if (end <= now) due.push(relay);
      else this.#nextDue = Math.min(this.#nextDue, end);
    }
    return due;
  }

  #count(relay: Relay, step: 1 | -1): void {
    relay.bytes ||= weightOf(relay.envelope.payload);
    const key = partyKey(relay.from);
    const load = this.#byParty.get(key) ?? { messages: 0, bytes: 0 };
    load.messages += step;
    load.bytes += step * relay.bytes;
    this.#bytes += step * relay.bytes;
    if (load.messages > 0) this.#byParty.set(key, load);
    else this.#byParty.delete(key);
  }
}

/** What is under way from one party. */
interface Load {
  messages: number;
  bytes: number;
}

const NOTHING: Load = { messages: 0, bytes: 0 };

/** A receipt that was sent just before the deadline is waited for. */
function endOf(relay: Relay): number {
  return relay.stage === "held" ? relay.deadline : relay.deadline + RECEIPT_GRACE_MS;
}

/** A yard knows what is durable also by where it came from, as two estates may give theirs the same id. */
function givenKeyOf({ id, kept }: Relay, to: Party): string {
  return givenKey(to, id, to.kind === "yard" ? kept?.origin : undefined);
}

function givenKey({ kind, name }: Party, id: string, origin?: string): string {
  return origin === undefined ? `${kind}/${name}/${id}` : `${kind}/${name}/${origin}/${id}`;
}
