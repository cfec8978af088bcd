/**
 * Many estates in one process, each with a road and a socket of its own.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { serve } from "./commands.ts";
import { Road } from "./road.ts";

/** A main that answers a stranger at length only when it asks again takes many at once as fast as one. */
const AT_ONCE = 50;

const roads: Road[] = [];

const commands = {
  /** Opens that many estates, and ends when all have joined a main and may send to it. */
  async join({ count, main }: { count: number; main: Address }): Promise<void> {
    while (roads.length < count) {
      const part = Math.min(AT_ONCE, count - roads.length);
      const names = Array.from({ length: part }, (_, i) => `estate${roads.length + i}`);
      const opened = await Promise.all(names.map((name) => Road.open(name, false)));
      roads.push(...opened);
      await Promise.all(opened.map((road) => road.join(main)));
    }
  },
};

/** What this worker can be told. */
export type CrowdCommands = typeof commands;

if (import.meta.main) await serve(commands);
