/**
 * A fault somewhere inside the value of a setting: whoever knows the file finds its line and column.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";

/** Keys and places in lists, from the setting's value inwards. */
export type Path = readonly (string | number)[];

/** A `usage` error that knows which part of a value is at fault. */
export class PlacedError extends RaetError {
  /**
   * @param path where the fault is
   * @param message as for every RaetError
   * @param atKey whether the last key itself is at fault, not its value
   */
  constructor(readonly path: Path, message: string, readonly atKey = false) {
    super("usage", message);
  }
}
