/**
 * Heads of either style, to and from bytes (protocol.md 1.2).
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { HEAD_BYTES_MAX } from "../base/limits.ts";
import type { Head, ParsedHead } from "./head.ts";
import { parseJsonHead, startsJsonHead, writeJsonHead } from "./head_json.ts";
import { parseRaetHead, startsRaetHead, writeRaetHead } from "./head_raet.ts";
import { FOOT_BYTES, HeadKind } from "./kinds.ts";

/**
 * Reads the head of a datagram, in either style, and checks its form and its lengths: nothing about
 * what the fields mean. Use `parsePacket` for what comes from a socket.
 */
export function parseHead(datagram: Uint8Array): ParsedHead | Drop {
  if (startsRaetHead(datagram)) return parseRaetHead(datagram);
  if (startsJsonHead(datagram)) return parseJsonHead(datagram);
  return new Drop("packet_head", "begins like no head");
}

/**
 * Writes a head at the beginning of `out`, which has room for {@link HEAD_SCRATCH_BYTES}.
 *
 * @param coatLength bytes that follow the head, without the foot
 * @param footLength bytes of the foot: 0, or 64 and then the head says that the foot is nacl
 * @returns the head's length; one past 255 is not a head that can be sent
 */
export function writeHead(
  head: Head,
  coatLength: number,
  footLength: number,
  out: Uint8Array,
): number {
  return head.headKind === HeadKind.json
    ? writeJsonHead(head, coatLength, footLength, out)
    : writeRaetHead(head, coatLength, footLength, out);
}

/**
 * Copies the head of a packet, one that was parsed or packed, and nothing behind it.
 *
 * @param out has room for 255 bytes from `at` on
 * @returns how many bytes it has
 */
export function copyHead(datagram: Uint8Array, out: Uint8Array, at: number): number {
  const end = Math.min(datagram.length, HEAD_BYTES_MAX);
  let length = 0;
  let last = 0;
  while (length < end) {
    const byte = datagram[length];
    out[at + length++] = byte;
    // An empty line ends it; in a json head lines end with CR LF.
    if (byte === LF && last === LF) break;
    if (byte !== CR) last = byte;
  }
  return length;
}

/** Room that {@link writeHead} may need, whatever the fields. */
export const HEAD_SCRATCH_BYTES = 512;

const scratch = new Uint8Array(HEAD_SCRATCH_BYTES);
const LF = 0x0a;
const CR = 0x0d;

/** Bytes that a head takes, for reckoning what is left for the coat. */
export function headLength(head: Head, signed: boolean): number {
  return writeHead(head, 0, signed ? FOOT_BYTES : 0, scratch);
}
