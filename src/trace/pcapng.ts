/**
 * Writes the capture format that Wireshark and its kin open: pcapng (IETF draft-ietf-opsawg-pcapng),
 * of its blocks a section header, one interface and a block for each packet. Little-endian.
 *
 * @module
 */
import { concatBytes, utf8 } from "../base/bytes.ts";

/** Packets of this interface begin with an IP header, of either version. */
const LINKTYPE_RAW = 101;

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION = { end: 0, comment: 1 } as const;
const SECTION_APPLICATION = 4;
const INTERFACE_NAME = 2;
const INTERFACE_TIME_RESOLUTION = 9;
const PACKET_FLAGS = 2;
/** Times are counted in units of 10^-6 s. */
const MICROSECONDS = 6;

/** A packet of a capture. */
export interface CapturedPacket {
  /** Unix time, milliseconds with fractions */
  readonly at: number;
  /** what was kept of it, from its IP header on */
  readonly data: Uint8Array;
  /** how long all of it was */
  readonly originalBytes: number;
  /** whether the host of the interface sent it */
  readonly out: boolean;
  /** a line for people; "" for none */
  readonly comment: string;
}

/** The beginning of a file: whose capture it is, and the interface that all packets belong to. */
export function captureHeader(application: string, interfaceName: string): Uint8Array {
  const section = new Uint8Array(16);
  const view = new DataView(section.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true); // version 1.0
  view.setBigInt64(8, -1n, true); // of no stated length: more may follow
  const link = new Uint8Array(8);
  new DataView(link.buffer).setUint16(0, LINKTYPE_RAW, true); // and no limit to a packet's length
  return concatBytes(
    block(BLOCK.section, section, [[SECTION_APPLICATION, utf8(application)]]),
    block(BLOCK.interface, link, [
      [INTERFACE_NAME, utf8(interfaceName)],
      [INTERFACE_TIME_RESOLUTION, Uint8Array.of(MICROSECONDS)],
    ]),
  );
}

/** One packet. */
export function packetBlock({ at, data, originalBytes, out, comment }: CapturedPacket): Uint8Array {
  const fixed = new Uint8Array(20);
  const view = new DataView(fixed.buffer);
  const micros = Math.round(at * 1000);
  view.setUint32(4, Math.floor(micros / 2 ** 32), true);
  view.setUint32(8, micros % 2 ** 32, true);
  view.setUint32(12, data.length, true);
  view.setUint32(16, originalBytes, true);
  const options: Option[] = [[PACKET_FLAGS, Uint8Array.of(out ? 2 : 1, 0, 0, 0)]];
  if (comment !== "") options.unshift([OPTION.comment, utf8(comment)]);
  return block(BLOCK.packet, concatBytes(fixed, padded(data)), options);
}

type Option = readonly [code: number, value: Uint8Array];

/** A block with its length on both ends. */
function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const tail = concatBytes(...options.map(option), option([OPTION.end, new Uint8Array(0)]));
  const length = 12 + body.length + tail.length;
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  frame.set(body, 8);
  frame.set(tail, 8 + body.length);
  view.setUint32(length - 4, length, true);
  return frame;
}

function option([code, value]: Option): Uint8Array {
  const head = new Uint8Array(4);
  const view = new DataView(head.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  return concatBytes(head, padded(value));
}

/** With zeros up to a multiple of four bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : concatBytes(bytes, new Uint8Array(4 - rest));
}
