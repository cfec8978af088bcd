/**
 * Many estates in one process, each with a road and a socket of its own.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { serve } from "./commands.ts";
import { Road } from "./road.ts";

const roads: Road[] = [];

const commands = {
  /** Opens that many estates, and ends when all have joined a main and may send to it. */
  async join({ count, main }: { count: number; main: Address }): Promise<void> {
    for (let i = roads.length; i < count; i++) {
      const road = await Road.open(`estate${i}`, false);
      roads.push(road);
      await road.join(main);
    }
  },
};

/** What this worker can be told. */
export type CrowdCommands = typeof commands;

if (import.meta.main) await serve(commands);
