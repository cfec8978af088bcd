/**
 * What a manor is made of, once its home is locked and its socket bound: everything that ties it to
 * the world. `open.ts` takes it from this system; a simulation has a world of its own.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { Counters } from "../base/drop.ts";
import type { Random } from "../base/random.ts";
import type { Crypto } from "../crypto/port.ts";
import type { Clock } from "../io/clock.ts";
import type { Home } from "../io/home.ts";
import type { LaneEndpoint, LaneEndpointOptions } from "../io/lane_endpoint.ts";
import type { Keep } from "../keep/keep.ts";
import type { LocalEstate } from "../road/options.ts";
import type { DurableStore } from "../route/durable/store.ts";
import type { ManorOptions } from "./options.ts";
import type { RoadSocket } from "./road_driver.ts";

/** The road's socket. */
export interface ManorSocket extends RoadSocket {
  /** Where it is bound. */
  readonly address: Address;
  /** What it counted. */
  readonly counters: Counters;
  /** Ends it, once what was handed over is sent. */
  close(): Promise<void>;
}

/** The parts of one manor. */
export interface ManorParts {
  readonly options: ManorOptions;
  readonly home: Home;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly keep: Keep;
  readonly local: LocalEstate;
  readonly socket: ManorSocket;
  /** where durable messages are kept; none are without */
  readonly durable?: DurableStore;
  /** the address that a host name has now; null if it has none */
  resolve(host: string): Promise<string | null>;
  /** opens the manor's own yard; null where there are no lanes */
  readonly openLane: ((handlers: LaneHandlers) => Promise<LaneEndpoint>) | null;
  /** gives the home back: called once, when all else is closed */
  release(): void;
}

/** Whom the manor's yard tells. */
export type LaneHandlers = Pick<LaneEndpointOptions, "onEvent" | "onIdle" | "onError">;
