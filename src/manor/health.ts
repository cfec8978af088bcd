/**
 * Whether a manor can do what it is there for, for whoever watches over processes.
 *
 * @module
 */
import { type Address, formatAddress } from "../base/address.ts";
import { HEALTH_FAULT_MS } from "../base/limits.ts";
import type { EstateView } from "../route/control.ts";

/** What the health of a manor follows from. */
export interface Condition {
  readonly closing: boolean;
  /** mains that it was told to join */
  readonly join: readonly Address[];
  readonly estates: readonly EstateView[];
  /** the last fault of a socket and how long ago it was; null if there was none */
  readonly fault: { readonly what: string; readonly agoMs: number } | null;
}

/** What is wrong, one clause; null if all is well. */
export function faultOf({ closing, join, estates, fault }: Condition): string | null {
  if (closing) return "the manor is stopping";
  if (fault && fault.agoMs < HEALTH_FAULT_MS) {
    return `${fault.what}, ${Math.round(fault.agoMs / 1000)} s ago`;
  }
  const isThere = (estate: EstateView) => estate.main && estate.state === "allowed" && estate.alive;
  if (join.length === 0 || estates.some(isThere)) return null;
  const mains = estates.filter(({ main }) => main);
  const known = mains.map(({ name, state, alive }) =>
    `${name || "one without a name yet"} is ${state}${alive ? "" : " and not alive"}`
  );
  const told = join.map(formatAddress).join(", ");
  return `no main can be reached (told to join ${told}): ${
    known.join(", ") || "none was joined yet"
  }`;
}
