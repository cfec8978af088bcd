/**
 * A process of the bench that attaches to a manor in another one.
 *
 * @module
 */
import { attach } from "../../src/client/attach.ts";
import type { Yard } from "../../src/client/yard.ts";
import { serve } from "./commands.ts";
import { yardCommands } from "./yard_load.ts";

let yard: Yard;

const commands = {
  ...yardCommands(() => yard),

  /** Attaches to the manor of a home. */
  async attach({ home, name }: { home: string; name: string }): Promise<void> {
    yard = await attach({ home, yard: name });
  },

  /** Leaves. */
  async close(_: Record<never, never>): Promise<void> {
    await yard.close();
  },
};

/** What this worker can be told. */
export type YardCommands = typeof commands;

if (import.meta.main) await serve(commands);
