/**
 * Gives messages to the stacks, in the form that whoever gets them understands, and remembers by the
 * stack's handle which message is meant when it says how that went.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { OPERATOR_QUEUE_BYTES_MAX } from "../base/limits.ts";
import { type Envelope, packClassic, packEnvelope } from "./envelope.ts";
import { failure, type Result } from "./outcome.ts";
import type { ReadyState, RouterPorts } from "./ports.ts";
import type { Party, Relay, RelayTable } from "./relay.ts";
import { YardAges } from "./yard_ages.ts";

/** The way from the router to its stacks. */
export class Handover {
  readonly ages: YardAges;
  readonly #ports: RouterPorts;
  readonly #relays: RelayTable;
  readonly #counters: Counters;
  readonly #before: (relay: Relay) => string;
  readonly #runOf: (estate: string) => string;
  readonly #byRoadHandle = new Map<number, Relay>();
  readonly #byLaneHandle = new Map<number, Relay>();
  readonly #attached = new Set<string>();

  /**
   * @param before the id of the one that has to be handed over before it at its estate, or ""
   * @param runOf the run that an estate is known to be in
   */
  constructor(
    ports: RouterPorts,
    relays: RelayTable,
    counters: Counters,
    before: (relay: Relay) => string,
    runOf: (estate: string) => string,
  ) {
    this.ages = new YardAges(ports.lane);
    this.#ports = ports;
    this.#relays = relays;
    this.#counters = counters;
    this.#before = before;
    this.#runOf = runOf;
  }

  /** Yards that acknowledge what they take. */
  get attached(): Set<string> {
    return this.#attached;
  }

  /** Gives a message to an estate that is ready; a failure if its stack refuses it at once. */
  toEstate(relay: Relay, estate: string, state: ReadyState, now: number): Result | null {
    const { envelope } = relay;
    relay.epoch = state.ours ? state.epoch : "";
    return this.#attempt(relay, { kind: "estate", name: estate }, this.#byRoadHandle, () => {
      const { road } = this.#ports;
      const { deadline } = relay;
      if (!state.ours) return road.transmit(packClassic(envelope), estate, "json", deadline);
      let [after, run] = [this.#before(relay), relay.epoch];
      const bodyAt = (at: number) => {
        // Another run knows nothing of what one before had. In the same one whoever ended may be there yet, and
        // is not overtaken; nor is anybody by one that is over.
        if (run !== this.#runOf(estate) && this.#relays.has(relay)) {
          [after, run] = [this.#before(relay), this.#runOf(estate)];
        }
        return packEnvelope({ ...envelope, ttlMs: remaining(relay, at), after });
      };
      // One without an id is not known when it comes twice.
      const changes = deadline < Infinity && envelope.id !== "";
      return road.transmit(bodyAt(now), estate, "msgpack", deadline, changes ? bodyAt : undefined);
    });
  }

  /** Gives a message to a yard; a failure if its stack refuses it at once. */
  toYard(relay: Relay, yard: string, now: number): Result | null {
    return this.#attempt(relay, { kind: "yard", name: yard }, this.#byLaneHandle, () => {
      if (!this.hasRoom(yard)) throw slow(yard);
      if (!this.#attached.has(yard)) {
        // Who takes that name before the page leaves may be a process of ours, which wants no such page.
        if (this.ages.of(yard, now) === null) throw absent(yard);
        return this.#ports.lane.transmit(packClassic(relay.envelope), yard, "json");
      }
      const ttlMs = remaining(relay, now);
      const redelivered = relay.kept?.redelivered ?? false;
      const { envelope, id } = relay;
      const body = packEnvelope({
        ...envelope,
        id,
        wants: true,
        ttlMs,
        after: "",
        seq: 0,
        redelivered,
      });
      return this.#ports.lane.transmit(body, yard, "msgpack");
    });
  }

  /** The message that the road ends with this handle; undefined if it was taken back meanwhile. */
  roadEnded(handle: number): Relay | undefined {
    return this.#ended(this.#byRoadHandle, handle);
  }

  /** The id of the message that the road has under this handle; "" if it has none. */
  messageOf(handle: number): string {
    return this.#byRoadHandle.get(handle)?.id ?? "";
  }

  /** The message that the lane ends with this handle; undefined if it was taken back meanwhile. */
  laneEnded(handle: number): Relay | undefined {
    return this.#ended(this.#byLaneHandle, handle);
  }

  /** Whether a yard has left less unread than it may. */
  hasRoom(yard: string, bytesMax = OPERATOR_QUEUE_BYTES_MAX): boolean {
    return (this.#ports.lane.unread?.(yard) ?? 0) < bytesMax;
  }

  /** The same for what it claims, which can wait here: it leaves room for all else. */
  hasRoomForClaimed(yard: string): boolean {
    return this.hasRoom(yard, OPERATOR_QUEUE_BYTES_MAX / 4);
  }

  /** Sends a yard something that may be left out; false if it is. */
  offer(yard: string, envelope: Envelope): boolean {
    return this.hasRoom(yard) && this.post(yard, envelope);
  }

  /** Sends a yard something that nobody waits for; false if it can't be given now. */
  post(yard: string, envelope: Envelope): boolean {
    try {
      const packing = this.#attached.has(yard) ? "msgpack" : "json";
      this.#ports.lane.transmit(packEnvelope(envelope), yard, packing);
      return true;
    } catch (error) {
      if (error instanceof RaetError) return false;
      throw error;
    }
  }

  #attempt(
    relay: Relay,
    to: Party,
    handles: Map<number, Relay>,
    transmit: () => number,
  ): Result | null {
    if (!this.#relays.give(relay, to)) {
      this.#counters.add("duplicate_message");
      return failure("denied", `${to.kind} "${to.name}" has a message of that id already`);
    }
    try {
      relay.handle = transmit();
      relay.stage = "moving";
      handles.set(relay.handle, relay);
      return null;
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#relays.take(relay);
      return failure(error.code, error.message);
    }
  }

  #ended(handles: Map<number, Relay>, handle: number): Relay | undefined {
    const relay = handles.get(handle);
    handles.delete(handle);
    // One that was taken back and given to somebody else has another handle by now.
    return relay?.handle === handle && this.#relays.has(relay) ? relay : undefined;
  }
}

function absent(yard: string): RaetError {
  const why = "no process on its lane has that name";
  return new RaetError("no_yard", `yard "${yard}" did not get the message: ${why}`);
}

function slow(yard: string): RaetError {
  const why = `it has left ${OPERATOR_QUEUE_BYTES_MAX} bytes unread`;
  return new RaetError("queue_full", `yard "${yard}" did not get the message: ${why}`);
}

function remaining(relay: Relay, now: number): number | null {
  return relay.deadline === Infinity ? null : Math.max(0, Math.round(relay.deadline - now));
}
