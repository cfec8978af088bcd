/**
 * What the road tells, given to each part of the manor that it concerns: the router, the log, the
 * journal of watchers, and whoever opened the manor.
 *
 * @module
 */
import { formatAddress } from "../base/address.ts";
import type { DropReason } from "../base/drop.ts";
import type { Clock } from "../io/clock.ts";
import type { RoadEvent, StateEvent } from "../road/events.ts";
import type { RoadStack } from "../road/stack.ts";
import type { Router } from "../route/router.ts";
import type { Joins } from "./joins.ts";
import type { Journal } from "./journal.ts";
import type { Logbook } from "./logbook.ts";
import type { ManorEvent } from "./options.ts";
import type { Pings } from "./pings.ts";
import { presenceOf, resultOf } from "./presence.ts";

/** The parts that events of the road concern. */
export interface RoadEventParts {
  readonly clock: Clock;
  readonly road: RoadStack;
  readonly router: Router;
  readonly journal: Journal;
  readonly logbook: Logbook;
  readonly pings: Pings;
  readonly joins: Joins;
  tell(event: ManorEvent): void;
}

/** Passes on the events of one road. */
export class RoadEvents {
  readonly #parts: RoadEventParts;
  #lastMessageAt = -Infinity;

  constructor(parts: RoadEventParts) {
    this.#parts = parts;
  }

  /** How long ago the last message or receipt came, milliseconds; Infinity if none did. */
  get quietMs(): number {
    return this.#parts.clock.now() - this.#lastMessageAt;
  }

  /** Something happened on the road. */
  handle(event: RoadEvent): void {
    const { router, journal, logbook, pings } = this.#parts;
    const now = this.#parts.clock.now();
    switch (event.type) {
      case "message":
        this.#lastMessageAt = now;
        journal.noteArrival(event.transaction, event.body);
        return router.fromRoad(event.estate, event.body, now, now - event.beganAt);
      case "sent":
        return router.roadSent(event.handle, resultOf(event), now);
      case "transaction":
        pings.note(event);
        logbook.transaction(event, () => journal.kindOf(event));
        return journal.noteTransaction(event);
      case "dropped":
        return this.drop(event.reason, formatAddress(event.from), event.detail);
      default:
        return this.#presence(event, now);
    }
  }

  /** Input was thrown away, on the road or elsewhere. @param from its address, socket path or estate */
  drop(reason: DropReason, from: string, detail: string): void {
    this.#parts.logbook.drop(reason, from, detail);
    this.#parts.journal.noteDrop(reason, from, detail);
  }

  #presence(event: StateEvent, now: number): void {
    const { road, router, journal, logbook, joins, tell } = this.#parts;
    const { estate } = event;
    if (ANSWERS.has(event.type)) joins.heard(event.address);
    if (event.type === "ready") {
      const { capabilities, asking } = road.remote(estate) ?? {};
      router.estateReady(estate, capabilities?.epoch ?? (asking ? null : ""), now);
    } else router.estateChanged(estate, now);
    logbook.presence(event);
    const presence = presenceOf(event);
    if (!presence) return;
    const { name, message } = presence;
    tell({ event: name, estate, message });
    journal.notePresence(name, estate, message);
  }
}

/** What only happens where something came from the other side. */
const ANSWERS: ReadonlySet<StateEvent["type"]> = new Set(
  ["joined", "allowed", "alive", "pending", "refused", "rejected"],
);
