/**
 * A manor of the bench, with one yard in its own process.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { attach } from "../../src/client/attach.ts";
import type { Yard } from "../../src/client/yard.ts";
import type { Manor } from "../../src/manor/manor.ts";
import { openManor } from "../../src/manor/open.ts";
import { serve } from "./commands.ts";
import { yardCommands } from "./yard_load.ts";

let manor: Manor;
let yard: Yard;
let warnings = 0;
let allowed = 0;
let onAllowed: () => void = () => {};

const commands = {
  ...yardCommands(() => yard),

  /** Opens the manor. Without a main to join it is one, and lets everybody in. */
  async open({ home, name, join }: { home: string; name: string; join?: Address }) {
    manor = await openManor({
      home,
      name,
      main: join === undefined,
      auto: "always",
      listen: { host: "127.0.0.1", port: 0 },
      join: join && [join],
      onEvent: ({ event }) => {
        if (event === "warning") warnings++;
        if (event !== "allowed") return;
        allowed++;
        onAllowed();
      },
    });
    yard = await attach({ manor, yard: "bench" });
    return manor.address;
  },

  /** Ends when messages may flow to so many estates. */
  async allowed({ count }: { count: number }): Promise<void> {
    while (allowed < count) await new Promise<void>((resolve) => onAllowed = resolve);
  },

  /** Whether the manor remembers transactions from now on. */
  trace({ on }: { on: boolean }): void {
    manor.setTracing(on);
  },

  /** Closes it; gives the number of warnings that it told. */
  async close(_: Record<never, never>): Promise<number> {
    await yard.close();
    await manor.close();
    return warnings;
  },
};

/** What this worker can be told. */
export type ManorCommands = typeof commands;

if (import.meta.main) await serve(commands);
