/**
 * Ids that count up from 1 to 0xffffffff and wrap to 1; 0 means "none yet" (protocol.md 1.4).
 *
 * @module
 */

const HALF = 0x80000000;
const SPAN = 0x100000000;

/** The id after `id`: one more, or 1 after the last. */
export function nextSerial(id: number): number {
  return id >= 0xffffffff ? 1 : id + 1;
}

/** Whether `next` may follow `last`: it is the same or newer, by the shorter way round. */
export function isSameOrNewer(next: number, last: number): boolean {
  return (next - last + SPAN) % SPAN < HALF;
}
