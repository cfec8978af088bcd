/**
 * The date of a host, which outlives its processes, and how far whoever set it moved it. A message on
 * disk counts its life by it: what was put forward may have ended a life early, and what was put back
 * may have made one longer.
 *
 * @module
 */
import type { Chance } from "./chance.ts";

/** The date of one host. */
export class HostClock {
  /** What is to be added to the time of the world. */
  dateOffset: number;
  /** How far its clocks were put forward, all in all. */
  forwardMs = 0;
  /** How far they were put back. */
  backMs = 0;
  /** Until when a process of it may have been taken to be gone, as it stood still or its clock jumped. */
  awayUntil = -Infinity;

  constructor(chance: Chance) {
    this.dateOffset = 1.7e12 + chance.between(-1e7, 1e7);
  }

  /** Its date is set, either way. */
  jump(ms: number): void {
    this.dateOffset += ms;
    if (ms > 0) this.forwardMs += ms;
    else this.backMs -= ms;
  }
}
