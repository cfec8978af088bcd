/**
 * What durable messages stand on: the router's hands, the store, and how many there may be.
 *
 * @module
 */
import type { DropReason } from "../../base/drop.ts";
import type { RaetError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Envelope } from "../envelope.ts";
import type { Result } from "../outcome.ts";
import type { EstateState, ReadyState } from "../ports.ts";
import type { Saying } from "../receipts.ts";
import type { Party, Relay, RelayTable } from "../relay.ts";
import type { LateIds } from "../seen.ts";
import type { DurableStore } from "./store.ts";

/** How many durable messages may wait on each side, out of and in at this manor. */
export interface DurableBounds {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/** What durable messages need of their router. */
export interface DurableHands {
  /** our estate's name */
  readonly estate: string;
  readonly relays: RelayTable;
  /** takes one on */
  add(relay: Relay): void;
  state(estate: string): EstateState;
  /** goes on with a message: to an estate, a yard or a share */
  route(relay: Relay, now: number): void;
  /** gives it to an estate's road, or a yard's lane; why not, if so */
  toEstate(relay: Relay, state: ReadyState, now: number): Result | null;
  toYard(relay: Relay, yard: string, now: number): Result | null;
  /** whether it waits for one before it */
  isWaiting(relay: Relay): boolean;
  /** whether what is ordered after that message goes on without it */
  hasPassed(estate: string, id: string): boolean;
  /** messages of an estate with which its manor is done, and of which a copy may come yet */
  readonly over: LateIds;
  /** that message will not go on any more: what is ordered after it waits for the one before it, if for any */
  skipped(estate: string, id: string, after: string, now: number): void;
  /** whether a yard acknowledges what it takes */
  isAttached(yard: string): boolean;
  /** whether somebody claims the share */
  isClaimed(share: string): boolean;
  /** whether a share can hold what comes from there, also where nobody claims it */
  canKeep(share: string, origin: string): boolean;
  /** takes it back from whoever has it */
  take(relay: Relay): void;
  /** takes it back from the yard that has it, to be given to the next */
  giveBack(relay: Relay, now: number): void;
  /** it comes after another one than was said before, or after none */
  reorder(relay: Relay, after: string, now: number): void;
  /** yards have them, as they say themselves; what is ordered after them goes on */
  adopt(relays: readonly Relay[], yard: string, now: number): void;
  /** takes it out of wherever it is; what is ordered after it goes on, unless it is not over and has no result */
  remove(relay: Relay, result: Result | null, now: number): void;
  /** tells the process that sent it, where there is one, whether it waits for its estate */
  sayWaits(relay: Relay, waits: boolean): void;
  say(to: Party, id: string, saying: Saying): void;
  /** tells whoever sent it how it ended, and counts that */
  tell(envelope: Envelope, to: Party, result: Result): void;
  took(relay: Relay): void;
  warn(error: RaetError): void;
  /** counts what an estate sent in vain */
  dropped(reason: DropReason, estate: string): void;
}

/** What durable messages stand on. */
export interface DurableParts {
  readonly store: DurableStore;
  /** Unix time in milliseconds of a moment on the router's clock */
  readonly dateAt: (now: number) => number;
  readonly random: Random;
  readonly bounds: DurableBounds;
}

/** One of them, for an operator. */
export interface DurableRow {
  readonly side: "out" | "in";
  readonly relay: Relay;
  readonly state: string;
}
