/**
 * A bare road of the bench: joins, sends, counts what is acknowledged.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { serve } from "./commands.ts";
import { type Latency, type Load, oneAtATime, pour, textBody } from "./load.ts";
import { Road } from "./road.ts";

let road: Road;

const commands = {
  /** Opens a main that lets everybody in. */
  async openMain({ name }: { name: string }): Promise<Address> {
    road = await Road.open(name, true);
    return road.address;
  },

  /** Opens an estate and joins a main; ends when messages may flow. */
  async openAndJoin({ name, main }: { name: string; main: Address }): Promise<string> {
    road = await Road.open(name, false);
    return await road.join(main);
  },

  /** Messages, many under way; gives the seconds until all are acknowledged. */
  pour({ to, load }: { to: string; load: Load }): Promise<number> {
    const body = textBody(load.bytes);
    const ends = new Map<number, (error?: Error) => void>();
    road.onEvent = (event) => {
      if (event.type !== "sent") return;
      const ended = ends.get(event.handle);
      ends.delete(event.handle);
      ended?.(event.outcome === "acknowledged" ? undefined : new Error(event.message));
    };
    const done = pour(load, (ended) => ends.set(road.transmit(body, to), ended));
    road.driver.pump();
    return done;
  },

  /** Messages, one at a time, each until it is acknowledged. */
  ping({ to, count, bytes }: { to: string; count: number; bytes: number }): Promise<Latency> {
    const body = textBody(bytes);
    return oneAtATime(count, () =>
      new Promise((resolve, reject) => {
        road.onEvent = (event) => {
          if (event.type !== "sent") return;
          if (event.outcome === "acknowledged") resolve();
          else reject(new Error(event.message));
        };
        road.transmit(body, to);
        road.driver.pump();
      }));
  },
};

/** What this worker can be told. */
export type RoadCommands = typeof commands;

if (import.meta.main) await serve(commands);
