/**
 * Telling whoever opened a manor what happens.
 *
 * @module
 */
import process from "node:process";
import { guard } from "../base/guard.ts";
import type { Logbook } from "./logbook.ts";
import type { ManorEvent, ManorOptions } from "./options.ts";

/** How to tell. What the callback throws is shown, and goes no further: others need the manor, too. */
export function tellerOf(
  { onEvent }: ManorOptions,
  logbook: Logbook,
): (event: ManorEvent) => void {
  return (event) =>
    guard(() => onEvent?.(event), (error) => {
      const fault = error instanceof Error ? error : new Error(String(error));
      process.emitWarning(fault);
      logbook.fault("onEvent", fault.message);
    });
}
