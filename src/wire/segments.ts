/**
 * Messages longer than a packet: the sealed coat is cut into segments, each sent in a packet of its
 * own, and put together on the other side before it is opened (protocol.md 1.3, 5).
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { assert, RaetError } from "../base/errors.ts";
import { COAT_BYTES_MAX, MISSEDS_PER_PACKET_MAX, PACKET_BYTES_MAX } from "../base/limits.ts";
import type { Body } from "../base/value.ts";
import type { Head } from "./head.ts";
import { headLength } from "./heads.ts";
import { Flag, FOOT_BYTES, HeadKind } from "./kinds.ts";

/** A message ready to be sent packet by packet. */
export interface CutMessage {
  /** 1 if the message fits one packet. */
  readonly segmentCount: number;
  /** Bytes of the whole coat. */
  readonly coatLength: number;
  /** The head of one packet: a new object, with these flags and, if there are several, the segment's fields. */
  headAt(segmentNumber: number, flags: number): Head;
  /** The part of the coat that goes into that packet: a view. */
  coatAt(segmentNumber: number): Uint8Array;
}

/**
 * Decides how a message travels. Segments are cut where the reference cuts them, save above 56 MB,
 * where its packets pass 1024 bytes and ours are cut shorter.
 *
 * @param head the head of the message, with everything that its segments share
 * @param coat the whole coat, kept until the message is done
 * @param signed whether each packet will have a foot
 * @throws {RaetError} `too_large` if the coat is longer than a message can be
 */
export function cutMessage(head: Head, coat: Uint8Array, signed: boolean): CutMessage {
  if (coat.length > COAT_BYTES_MAX) {
    throw new RaetError(
      "too_large",
      `a message of ${coat.length} packed bytes can't be sent: expected at most ${COAT_BYTES_MAX}`,
    );
  }
  const room = PACKET_BYTES_MAX - headLength(head, signed) - (signed ? FOOT_BYTES : 0);
  if (coat.length <= room) {
    return {
      segmentCount: 1,
      coatLength: coat.length,
      headAt: (_, flags) => ({ ...head, flags }),
      coatAt: () => coat,
    };
  }
  const segmentBytes = segmentRoom(head, room, coat.length);
  const segmentCount = Math.ceil(coat.length / segmentBytes);
  return {
    segmentCount,
    coatLength: coat.length,
    headAt: (segmentNumber, flags) => ({
      ...head,
      segmentNumber,
      segmentCount,
      messageLength: coat.length,
      flags: flags | Flag.segmented,
    }),
    coatAt(segmentNumber) {
      assert(segmentNumber >= 0 && segmentNumber < segmentCount, "a segment of this message");
      return coat.subarray(segmentNumber * segmentBytes, (segmentNumber + 1) * segmentBytes);
    },
  };
}

/**
 * Puts the segments of one message together, in whatever order and sizes they come. It holds what
 * has arrived and nothing for what was only announced.
 */
export class Reassembly {
  readonly #segments = new Map<number, Uint8Array>();
  readonly #count: number;
  readonly #length: number;
  #bytes = 0;
  #highest = -1;
  /** The lowest number that has not arrived. */
  #lowestMissing = 0;

  /**
   * Begins with nothing arrived.
   *
   * @param segmentCount how many there will be, as checked by `parsePacket`
   * @param messageLength bytes of the whole coat; 0 for a message of one packet, whatever its length
   */
  constructor(segmentCount: number, messageLength: number) {
    assert(segmentCount >= 1, "a message has a segment");
    this.#count = segmentCount;
    this.#length = messageLength;
  }

  /** How many segments there will be. */
  get segmentCount(): number {
    return this.#count;
  }

  /** Bytes of the whole coat as announced. */
  get messageLength(): number {
    return this.#length;
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Roughly what it takes in memory: many tiny segments take more than their bytes. */
  get heldBytes(): number {
    return this.#bytes + this.#segments.size * SEGMENT_OVERHEAD_BYTES;
  }

  /** The highest number that has arrived, -1 if none. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether all have arrived. */
  get complete(): boolean {
    return this.#segments.size === this.#count;
  }

  /** Whether a segment of another packet can be of the same message: its announced count and length. */
  fits(head: Head): boolean {
    return head.segmentCount === this.#count && head.messageLength === this.#length;
  }

  /**
   * Takes a copy of a segment.
   *
   * @returns true if it is new, false if it had come before; the first one stays
   */
  add(segmentNumber: number, segment: Uint8Array): boolean | Drop {
    if (!(segmentNumber >= 0 && segmentNumber < this.#count)) {
      return new Drop("bad_segment", `${segmentNumber} of ${this.#count}`);
    }
    if (this.#segments.has(segmentNumber)) return false;
    if (this.#count > 1 && this.#bytes + segment.length > this.#length) {
      return new Drop("bad_segment", `more than the ${this.#length} bytes announced`);
    }
    this.#segments.set(segmentNumber, segment.slice());
    this.#bytes += segment.length;
    this.#highest = Math.max(this.#highest, segmentNumber);
    while (this.#segments.has(this.#lowestMissing)) this.#lowestMissing++;
    return true;
  }

  /**
   * The numbers below `below` that have not arrived, lowest first.
   *
   * @param limit how many at most; by default what one resend packet holds
   */
  missing(below: number, limit = MISSEDS_PER_PACKET_MAX): number[] {
    const numbers: number[] = [];
    const end = Math.min(below, this.#count);
    for (let n = this.#lowestMissing; n < end && numbers.length < limit; n++) {
      if (!this.#segments.has(n)) numbers.push(n);
    }
    return numbers;
  }

  /** The whole coat; a drop if its length is not the announced one. Everything must have arrived. */
  join(): Uint8Array | Drop {
    assert(this.complete, "all segments have arrived");
    if (this.#length !== 0 && this.#bytes !== this.#length) {
      return new Drop("bad_segment", `${this.#bytes} bytes, and ${this.#length} were announced`);
    }
    if (this.#count === 1) return this.#segments.get(0)!;
    const coat = new Uint8Array(this.#bytes);
    for (let n = 0, offset = 0; n < this.#count; n++) {
      const segment = this.#segments.get(n)!;
      coat.set(segment, offset);
      offset += segment.length;
    }
    return coat;
  }
}

/** The body of a resend packet: the segments that are missing, at most 64. */
export function makeMisseds(segmentNumbers: readonly number[]): Body {
  assert(segmentNumbers.length <= MISSEDS_PER_PACKET_MAX, "a resend names at most 64 segments");
  return { misseds: [...segmentNumbers] };
}

/**
 * The segment numbers that a resend packet asks for; a drop if it holds anything else, or a number
 * that the message doesn't have. More than 64 are cut off: the rest will be asked for again.
 */
export function readMisseds(body: Body, segmentCount: number): number[] | Drop {
  const misseds = Object.hasOwn(body, "misseds") ? body.misseds : null;
  if (!Array.isArray(misseds)) return new Drop("bad_body", "a resend without misseds");
  const numbers: number[] = [];
  for (const missed of misseds.slice(0, MISSEDS_PER_PACKET_MAX)) {
    if (
      typeof missed !== "number" || !Number.isInteger(missed) || missed < 0 ||
      missed >= segmentCount
    ) {
      return new Drop("bad_segment", "a resend names a segment that there is not");
    }
    numbers.push(missed);
  }
  return numbers;
}

/** What the lines sn, sc and ml add to a head, by the reference's reckoning. */
const SEGMENT_HEAD_BYTES = 27;
const SEGMENT_HEAD_BYTES_JSON = 36;
/** The most that the lines sn and sc of a raet head hold within that reckoning. */
const SEGMENTS_RECKONED_MAX = 0xffff;
/** What sn and sc add with one more hex digit each. */
const WIDER_NUMBERS_BYTES = 2;
/** A map entry, an array and its buffer. */
const SEGMENT_OVERHEAD_BYTES = 200;

function segmentRoom(head: Head, room: number, coatLength: number): number {
  if (head.headKind === HeadKind.json) return room - SEGMENT_HEAD_BYTES_JSON;
  const bytes = room - SEGMENT_HEAD_BYTES;
  return coatLength <= bytes * SEGMENTS_RECKONED_MAX ? bytes : bytes - WIDER_NUMBERS_BYTES;
}
