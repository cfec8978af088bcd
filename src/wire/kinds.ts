/**
 * The codes of the classic wire, in words (protocol.md 1.1). The two-letter fields they stand in are
 * named in head_raet.ts and head_json.ts and nowhere else.
 *
 * @module
 */

/** How a head is written (hk). */
export const HeadKind = { raet: 0, json: 1 } as const;

/** How a body is packed (bk). */
export const BodyKind = { none: 0, json: 1, raw: 2, msgpack: 3 } as const;

/** Whether a body is sealed (ck). */
export const CoatKind = { none: 0, nacl: 1 } as const;

/** Whether a packet is signed (fk). */
export const FootKind = { none: 0, nacl: 1 } as const;

/** What an exchange is about (tk). `bind` is reserved. */
export const TransactionKind = { message: 0, join: 1, bind: 2, allow: 3, alive: 4 } as const;

/** What one packet says within its transaction (pk). */
export const PacketKind = {
  message: 0,
  ack: 1,
  nack: 2,
  resend: 3,
  request: 4,
  response: 5,
  hello: 6,
  cookie: 7,
  initiate: 8,
  unjoined: 9,
  unallowed: 10,
  renew: 11,
  refuse: 12,
  reject: 13,
  pend: 14,
  done: 15,
} as const;

/** Bits of the flag byte (fg). */
export const Flag = {
  /** The address is IPv6. */
  ipv6: 0x80,
  /** The sender's address may change. */
  dynamic: 0x40,
  /** The sender is behind a NAT. */
  nat: 0x20,
  /** This packet was sent before. */
  again: 0x10,
  /** One segment of a longer message. */
  segmented: 0x08,
  /** The sender waits for an answer to this packet. */
  wait: 0x04,
  /** For everybody: never served. */
  broadcast: 0x02,
  /** Sent by the side that did not begin the transaction. */
  correspondent: 0x01,
} as const;

/** Bytes of a nacl foot. */
export const FOOT_BYTES = 64;

/** The word for a transaction kind, or `kind N` for one that has none. */
export function transactionKindName(kind: number): string {
  return TRANSACTION_NAMES[kind] ?? `kind ${kind}`;
}

/** The word for a packet kind, or `kind N` for one that has none. */
export function packetKindName(kind: number): string {
  return PACKET_NAMES[kind] ?? `kind ${kind}`;
}

/** The words for the flags that are set, from the lowest bit; a packet has few. */
export function flagNames(flags: number): string[] {
  return FLAG_NAMES.filter(([, bit]) => flags & bit).map(([name]) => name);
}

/** Whether a packet says no: nack, unjoined, unallowed, renew, refuse or reject. Such a packet is never answered with another. */
export function isRefusal(packetKind: number): boolean {
  return packetKind === PacketKind.nack ||
    packetKind >= PacketKind.unjoined && packetKind <= PacketKind.reject;
}

const TRANSACTION_NAMES = Object.keys(TransactionKind);
const PACKET_NAMES = Object.keys(PacketKind);
const FLAG_NAMES = Object.entries(Flag).sort(([, a], [, b]) => a - b);
