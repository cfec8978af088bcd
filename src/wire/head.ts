/**
 * The head of a packet as a plain object (protocol.md 1.1). What a head says about lengths is not in
 * it: that is checked as it is read, and reckoned as it is written (heads.ts).
 *
 * @module
 */
import { BodyKind, CoatKind, FootKind, HeadKind, PacketKind, TransactionKind } from "./kinds.ts";

/** All fields of a head but the lengths. Every number is an integer of 0 to 0xffffffff, save `datetime`. */
export interface Head {
  /** How the head is written: {@link HeadKind}. */
  headKind: number;
  /** {@link PacketKind} */
  packetKind: number;
  /** {@link TransactionKind} */
  transactionKind: number;
  /** The sender's number for the receiver. */
  sourceId: number;
  /** The receiver's number for the sender. */
  destinationId: number;
  /** The session of whoever began the transaction; 0 in a join. */
  sessionId: number;
  /** Counts the transactions of whoever began it, from 1. */
  transactionId: number;
  /** Unused; a float, written with 6 decimals in a raet head. */
  datetime: number;
  /** Unused. */
  orderIndex: number;
  /** From 0; in an ack the highest that was received. */
  segmentNumber: number;
  /** 1 if the message is not segmented. */
  segmentCount: number;
  /** Bytes of the whole coat of a segmented message, else 0. */
  messageLength: number;
  /** {@link BodyKind} */
  bodyKind: number;
  /** {@link CoatKind} */
  coatKind: number;
  /** {@link FootKind}; packing goes by whether there is a signer and ignores this. */
  footKind: number;
  /** Bits of {@link Flag}. */
  flags: number;
}

/** A head that was read from a datagram, and where its parts lie. */
export interface ParsedHead {
  /** What it says. */
  readonly head: Head;
  /** Bytes of the head, so where the coat begins. */
  readonly headLength: number;
  /** Bytes of the foot as the head announces them. */
  readonly footLength: number;
}

/** A head with all fields: the given ones, and the wire's defaults for the rest. */
export function makeHead(fields: Partial<Head> = {}): Head {
  return {
    headKind: fields.headKind ?? HeadKind.raet,
    packetKind: fields.packetKind ?? PacketKind.message,
    transactionKind: fields.transactionKind ?? TransactionKind.message,
    sourceId: fields.sourceId ?? 0,
    destinationId: fields.destinationId ?? 0,
    sessionId: fields.sessionId ?? 0,
    transactionId: fields.transactionId ?? 0,
    datetime: fields.datetime ?? 0,
    orderIndex: fields.orderIndex ?? 0,
    segmentNumber: fields.segmentNumber ?? 0,
    segmentCount: fields.segmentCount ?? 1,
    messageLength: fields.messageLength ?? 0,
    bodyKind: fields.bodyKind ?? BodyKind.none,
    coatKind: fields.coatKind ?? CoatKind.none,
    footKind: fields.footKind ?? FootKind.none,
    flags: fields.flags ?? 0,
  };
}
