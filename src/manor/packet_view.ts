/**
 * The packets of a transaction as an operator sees them: what was noted of each, read.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { assert } from "../base/errors.ts";
import type { PacketNote } from "../road/packet_notes.ts";
import type { PacketView } from "../route/control.ts";
import type { Head } from "../wire/head.ts";
import { parseHead } from "../wire/heads.ts";
import { flagNames, packetKindName } from "../wire/kinds.ts";

/** A packet as an operator sees it. */
export function packetView(note: PacketNote): PacketView {
  const { ms, out, bytes, head } = note;
  const fields = headOf(head, bytes);
  return {
    ms: roundMs(ms),
    out,
    kind: packetKindName(fields.packetKind),
    flags: flagNames(fields.flags),
    segment: fields.segmentNumber,
    segments: fields.segmentCount,
    bytes,
    head,
  };
}

/** What the head of a noted packet says. */
export function noteHead(note: PacketNote): Head {
  return headOf(note.head, note.bytes);
}

/** Milliseconds to the microsecond: more is noise. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** A head is checked against the length of its packet, so it is read in front of that many bytes. */
function headOf(head: Uint8Array, bytes: number): Head {
  const datagram = new Uint8Array(bytes);
  datagram.set(head);
  const parsed = parseHead(datagram);
  assert(!(parsed instanceof Drop), "what was noted is a head");
  return parsed.head;
}
