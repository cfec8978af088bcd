/**
 * Which durable messages a manor takes on: how many wait on each side, and whom they are for.
 *
 * @module
 */
import { DURABLE_IDS_MAX, DURABLE_SHARE_OF_ESTATE } from "../../base/limits.ts";
import type { DurableLoad } from "../control.ts";
import type { Envelope } from "../envelope.ts";
import { failure, type Result } from "../outcome.ts";
import { canDo, type EstateState } from "../ports.ts";
import { originOf, type Party, type Relay } from "../relay.ts";
import type { Ended } from "./ended.ts";
import type { DurableBounds, DurableHands } from "./hands.ts";

/** Bounds, and what counts against them. */
export class Admission {
  readonly #hands: DurableHands;
  readonly #ended: Ended;
  #bounds: DurableBounds;
  readonly #load = { out: { messages: 0, bytes: 0 }, in: { messages: 0, bytes: 0 } };
  /** what waits of each other estate */
  readonly #byEstate = new Map<string, { messages: number; bytes: number }>();

  constructor(hands: DurableHands, ended: Ended, bounds: DurableBounds) {
    this.#hands = hands;
    this.#ended = ended;
    this.#bounds = bounds;
  }

  /** What waits. */
  get load(): DurableLoad {
    return this.#load;
  }

  /** Changes how many there may be. */
  configure(bounds: DurableBounds): void {
    this.#bounds = bounds;
  }

  /** One is taken on, or has ended. */
  count({ envelope, kept }: Relay, step: 1 | -1): void {
    const { origin, bytes } = kept!;
    const loads = [this.#load[this.sideOf(envelope)]];
    if (origin !== "") loads.push(this.#loadOf(origin));
    for (const load of loads) {
      load.messages += step;
      load.bytes += step * bytes;
    }
    if (origin !== "" && this.#loadOf(origin).messages === 0) this.#byEstate.delete(origin);
  }

  #loadOf(estate: string): { messages: number; bytes: number } {
    const load = this.#byEstate.get(estate) ?? { messages: 0, bytes: 0 };
    this.#byEstate.set(estate, load);
    return load;
  }

  /** Whether it goes to another estate, or to somebody of this host. */
  sideOf({ destination: { estate } }: Envelope): "out" | "in" {
    return estate !== "" && estate !== this.#hands.estate ? "out" : "in";
  }

  /** Why one is not taken on; null if it is. */
  refusal(envelope: Envelope, from: Party): Result | null {
    if (envelope.job !== "") {
      const why = "a request can't be durable: whoever waits for its answer may be gone";
      return failure("usage", why);
    }
    const { estate, yard, share } = envelope.destination;
    const side = this.sideOf(envelope);
    const { messages, bytes } = this.#load[side];
    const isFull = messages >= this.#bounds.messagesMax || bytes >= this.#bounds.bytesMax ||
      (from.kind === "estate" && this.#ended.isFull);
    if (isFull) {
      const has = `${messages} durable messages of ${bytes} bytes wait ${
        side === "out" ? "to leave" : "in"
      }`;
      const max = `at most ${this.#bounds.messagesMax} of ${this.#bounds.bytesMax}`;
      return failure("queue_full", `${has} estate "${this.#hands.estate}": expected ${max}`);
    }
    if (side === "in" && yard === "" && !this.#hands.canKeep(share, originOf(from))) {
      const why = `share "${share}" would be one more that nobody claims, and there are many such`;
      return failure("queue_full", `${why}: expected one that is there, or is claimed soon`);
    }
    const ofPeer = from.kind === "estate" ? this.#refusalOfPeer(from.name) : null;
    if (ofPeer) return ofPeer;
    return side === "out" ? refusalOf(estate, this.#hands.state(estate)) : null;
  }

  /** Nobody else's messages have to wait because one estate sends more than is taken, or never forgets any. */
  #refusalOfPeer(name: string): Result | null {
    const ids = this.#ended.of(name);
    const idsMax = shareOf(DURABLE_IDS_MAX);
    if (ids >= idsMax) {
      this.#hands.dropped("estate_durable_full", name);
      const has = `${ids} durable messages of estate "${name}" that have ended are remembered`;
      return failure(
        "queue_full",
        `${has} in estate "${this.#hands.estate}": expected ${idsMax} at most`,
      );
    }
    const { messages = 0, bytes = 0 } = this.#byEstate.get(name) ?? {};
    const [messagesMax, bytesMax] = [
      shareOf(this.#bounds.messagesMax),
      shareOf(this.#bounds.bytesMax),
    ];
    if (messages < messagesMax && bytes < bytesMax) return null;
    this.#hands.dropped("estate_durable_full", name);
    const has = `${messages} durable messages of ${bytes} bytes of estate "${name}" wait in`;
    const max = `of one estate at most ${messagesMax} of ${bytesMax}`;
    return failure("queue_full", `${has} estate "${this.#hands.estate}": expected ${max}`);
  }
}

/** Of what one other estate can have there is always room for one. */
function shareOf(max: number): number {
  return max === 0 ? 0 : Math.max(1, Math.floor(max * DURABLE_SHARE_OF_ESTATE));
}

/** Why a message to an estate is not taken on at all. */
function refusalOf(estate: string, state: EstateState): Result | null {
  if (state.is === "unknown") return failure("no_estate", state.why);
  if (state.is === "refused" || state.is === "rejected") return failure(state.is, state.why);
  if (state.is !== "ready" || canDo(state, "durable") !== false) return null;
  const why = `estate "${estate}" keeps no messages on disk: it runs no raet that can`;
  return failure("unsupported", why);
}
