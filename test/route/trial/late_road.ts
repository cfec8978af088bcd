/**
 * The road of a pair, as a road stack keeps it: what it sends has been packed lately and in this session, it gives
 * up what has no time left, and a packet of that may come all the same, as long as the session lasts.
 *
 * @module
 */
import type { Body } from "../../../src/base/value.ts";
import type { Flight, RouterPair } from "../../support/router_pair.ts";

/** A packet that comes after its message was given up. */
interface LatePacket {
  readonly flight: Flight;
  readonly body: Body;
}

/** No message is sent as it was packed longer ago than that, or than this share of what was left of its life. */
const OLD = { ms: 1000, share: 0.1 };
/** Time passes in steps, so that it is known when each was packed. */
const STEP_MS = 500;

/** What is on the way between both. */
export class LateRoad {
  readonly #pair: RouterPair;
  readonly #packed = new WeakMap<Flight, { at: number; session: number; body: Body }>();
  #late: LatePacket[] = [];
  #session = 0;

  constructor(pair: RouterPair) {
    this.#pair = pair;
  }

  /** How many late packets may come yet. */
  get lateCount(): number {
    return this.#late.length;
  }

  /** Notes what was given to the road just now. */
  look(): void {
    const { road, now } = this.#pair;
    for (const flight of road) {
      if (this.#packed.has(flight)) continue;
      this.#packed.set(flight, { at: now, session: this.#session, body: flight.body });
    }
  }

  /** Time passes; what has no time left is given up. */
  pass(ms: number): void {
    const pair = this.#pair;
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS);
      const over = pair.road.filter(({ deadline }) => deadline <= pair.now + step);
      this.#late.push(...over.map((flight) => ({ flight, body: this.#bodyOf(flight) })));
      pair.cut(step);
      this.look();
    }
  }

  /** One arrives, as it was packed lately. */
  arrive(flight: Flight, isDoneLost: boolean): void {
    this.#pair.road.splice(this.#pair.road.indexOf(flight), 1);
    this.#pair.arrive({ ...flight, body: this.#bodyOf(flight) }, isDoneLost);
  }

  /** One arrives, and its done is lost with the session: it is on the road yet, in the next one. */
  arriveAtEnd(flight: Flight): void {
    this.#hear(flight, this.#bodyOf(flight));
    this.parted(() => {});
  }

  /** A late packet arrives. */
  arriveLate(at: number): Flight {
    const [{ flight, body }] = this.#late.splice(at, 1);
    this.#hear(flight, body);
    return flight;
  }

  /** They lose sight of each other while something happens, and meet again in a new session. */
  parted(meanwhile: () => void): void {
    this.#pair.part();
    meanwhile();
    this.#newSession();
    this.#pair.meet();
  }

  /** A manor is killed and started again. */
  restart(name: "alpha" | "beta"): void {
    this.#newSession();
    this.#pair.restart(name);
  }

  #newSession(): void {
    this.#session++;
    this.#late = [];
  }

  #hear({ from }: Flight, body: Body): void {
    from.other.router.fromRoad(from.name, body, this.#pair.now);
    this.#pair.flush();
  }

  #bodyOf(flight: Flight): Body {
    const { now } = this.#pair;
    const packed = this.#packed.get(flight);
    const oldMs = Math.min(OLD.ms, OLD.share * (flight.deadline - (packed?.at ?? now)));
    const isOld = packed?.session !== this.#session || now - packed.at >= oldMs;
    if (!isOld || !flight.bodyAt) return packed?.body ?? flight.body;
    const body = flight.bodyAt(now);
    this.#packed.set(flight, { at: now, session: this.#session, body });
    return body;
  }
}
