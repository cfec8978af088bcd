/**
 * Telling a program of a fault that nobody waits for: it is not hidden, and ends nothing.
 *
 * @module
 */
import process from "node:process";

/** Prints a warning, once for each fault. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
