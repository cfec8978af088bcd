/**
 * What a scenario sees of a peer, whichever implementation runs it.
 *
 * @module
 */
import type { Received, Series } from "./series.ts";

/** The settings of a road peer that scenarios vary. */
export interface RoadSetup {
  readonly name: string;
  /** Where the keep lies; a peer that is started again finds itself there. */
  readonly directory: string;
  readonly main: boolean;
  readonly auto: "never" | "once" | "always";
  readonly body: "json" | "msgpack";
  readonly head: "raet" | "json";
  /** How the keep's files are written. */
  readonly keep: "json" | "msgpack";
  /** Percent of datagrams that are lost at this peer, in each direction. */
  readonly loss: number;
  /** How long datagrams are held up at this peer, in each direction. */
  readonly delay: number;
  /** Seed of that loss. */
  readonly seed: number;
}

/** A remote as its peer sees it. */
export interface RemoteState {
  readonly name: string;
  readonly joined: boolean;
  readonly allowed: boolean;
  readonly alive: boolean;
  readonly pending: boolean;
}

/** One estate of a scenario. All lists grow over restarts. */
export interface RoadPeer {
  readonly setup: RoadSetup;
  readonly address: { host: string; port: number };
  readonly received: readonly Received[];
  /** What must not happen: an exception that escaped, an outcome that isn't true. */
  readonly faults: readonly string[];
  remotes(): readonly RemoteState[];
  start(): Promise<void>;
  /** Ends it as kill -9 would. */
  kill(): Promise<void>;
  join(host: string, port: number): void;
  transmit(to: string, series: Series): void;
  accept(name: string): void;
  reject(name: string): void;
  /** How the sends of a series ended: a count by outcome; null if the peer can't tell. */
  outcomes(series: Series): Record<string, number> | null;
  /** What it counted that speaks of input it could not use, since it was last started. */
  complaints(): Promise<Record<string, number>>;
}

/** The settings of a lane peer. */
export interface LaneSetup {
  readonly name: string;
  readonly lane: string;
  /** Where the sockets lie. */
  readonly directory: string;
  readonly packing: "json" | "msgpack";
}

/** One yard of a scenario. */
export interface LanePeer {
  readonly setup: LaneSetup;
  readonly received: readonly Received[];
  readonly faults: readonly string[];
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Makes a yard known that has not sent anything yet. */
  know(name: string): void;
  transmit(to: string, series: Series): void;
  /** Stops or goes on reading its socket. */
  read(on: boolean): void;
  outcomes(series: Series): Record<string, number> | null;
  complaints(): Promise<Record<string, number>>;
}

/** Waits until something holds, looking every 10 ms. */
export async function until(holds: () => boolean, ms: number, what: string): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await sleep(10);
  }
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
