/**
 * What transactions keep of their packets for the trace: time, direction, size and the bytes of the
 * head, never those of a body, a coat or a foot.
 *
 * This is on the path of every packet, so nothing is allocated for one: notes stand as records in one
 * ring that all transactions of a stack share, each with the place of the one before it of the same
 * transaction. What is new overwrites what is oldest. A transaction of many packets keeps its first
 * ones there and its last ones in a ring of its own; the middle is only counted.
 *
 *     record   previous place f64, ms f64, bytes of the packet u16, out u8, bytes of the head u8, head
 *
 * @module
 */
import {
  HEAD_BYTES_MAX,
  NOTES_OPEN_BYTES_MAX,
  NOTES_RING_BYTES,
  PACKETS_NOTED_FIRST,
  PACKETS_NOTED_LAST,
} from "../base/limits.ts";
import { copyHead } from "../wire/heads.ts";

/** One packet. */
export interface PacketNote {
  /** Since the transaction began. */
  readonly ms: number;
  /** Whether we sent it. */
  readonly out: boolean;
  /** Of the whole packet. */
  readonly bytes: number;
  /** The head as it went over the wire. */
  readonly head: Uint8Array;
}

/** The packets of one transaction. */
export interface PacketNotes {
  /** How many there were so far. */
  readonly count: number;
  /** What they take in memory besides their part of what all transactions share. */
  readonly heldBytes: number;
  /** Those that are still kept, in order. */
  list(): PacketNote[];
}

/** Notes that a keeper fills. */
export class RingNotes implements PacketNotes {
  /** How many there were. */
  count = 0;
  /** Place of the newest of the first ones. */
  place = NOWHERE;
  /** The last ones of many. */
  last: Records | null = null;

  constructor(private readonly ring: Ring) {}

  get heldBytes(): number {
    return this.last ? LAST_BYTES : 0;
  }

  list(): PacketNote[] {
    const notes = this.ring.chain(this.place);
    if (this.last) {
      const behind = this.count - PACKETS_NOTED_FIRST;
      for (let i = Math.max(0, behind - PACKETS_NOTED_LAST); i < behind; i++) {
        notes.push(this.last.read(i % PACKETS_NOTED_LAST * RECORD_BYTES_MAX));
      }
    }
    return notes;
  }
}

/** Takes the notes of all transactions of one stack. */
export class NoteKeeper {
  readonly #ring: Ring;
  #openBytes = 0;

  /** @param ringBytes how much is kept of all transactions together */
  constructor(ringBytes: number = NOTES_RING_BYTES) {
    this.#ring = new Ring(ringBytes);
  }

  /** Notes for a transaction that begins. */
  open(): RingNotes {
    return new RingNotes(this.#ring);
  }

  /** Notes a packet of an open transaction. @param ms since that began */
  add(notes: RingNotes, datagram: Uint8Array, out: boolean, ms: number): void {
    const behind = notes.count++ - PACKETS_NOTED_FIRST;
    if (behind < 0) {
      notes.place = this.#ring.add(notes.place, datagram, out, ms);
      return;
    }
    if (!notes.last) {
      if (this.#openBytes + LAST_BYTES > NOTES_OPEN_BYTES_MAX) return;
      this.#openBytes += LAST_BYTES;
      notes.last = new Records(LAST_BYTES);
    }
    notes.last.write(behind % PACKETS_NOTED_LAST * RECORD_BYTES_MAX, NOWHERE, datagram, out, ms);
  }

  /** The transaction ended: whoever remembers it answers for its notes from now on. */
  release(notes: PacketNotes): void {
    this.#openBytes -= notes.heldBytes;
  }
}

/** Records at any place of a buffer. */
class Records {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The same in more bytes. */
  enlarged(length: number): Records {
    const larger = new Records(length);
    larger.#bytes.set(this.#bytes);
    return larger;
  }

  /** Returns the record's length. */
  write(at: number, before: number, datagram: Uint8Array, out: boolean, ms: number): number {
    const view = this.#view;
    view.setFloat64(at, before);
    view.setFloat64(at + 8, ms);
    view.setUint16(at + 16, datagram.length);
    const length = copyHead(datagram, this.#bytes, at + RECORD_FIELDS_BYTES);
    view.setUint16(at + 18, (out ? OUT : 0) | length);
    return RECORD_FIELDS_BYTES + length;
  }

  read(at: number): PacketNote {
    const view = this.#view;
    const how = view.getUint16(at + 18);
    const from = at + RECORD_FIELDS_BYTES;
    return {
      ms: view.getFloat64(at + 8),
      out: (how & OUT) !== 0,
      bytes: view.getUint16(at + 16),
      head: this.#bytes.slice(from, from + (how & ~OUT)),
    };
  }

  before(at: number): number {
    return this.#view.getFloat64(at);
  }
}

/**
 * Records one behind the other, the oldest overwritten. A place counts all bytes that ever were. Its
 * buffer grows up to its size: a manor that lives for a few packets takes no megabytes for them.
 */
class Ring {
  readonly #size: number;
  #records: Records;
  #end = 0;

  constructor(size: number) {
    this.#size = size;
    this.#records = new Records(Math.min(size, RING_BYTES_FIRST));
  }

  /** Adds a record and returns its place. */
  add(before: number, datagram: Uint8Array, out: boolean, ms: number): number {
    const rest = this.#size - this.#end % this.#size;
    if (rest < RECORD_BYTES_MAX) this.#end += rest;
    const place = this.#end;
    if (place < this.#size) this.#makeRoom(place + RECORD_BYTES_MAX);
    this.#end += this.#records.write(place % this.#size, before, datagram, out, ms);
    return place;
  }

  /** The records of one transaction in order, as far back as they are still there. */
  chain(newest: number): PacketNote[] {
    const notes: PacketNote[] = [];
    const records = this.#records;
    for (let place = newest; place !== NOWHERE;) {
      // The next record may already reach over the whole of the oldest place.
      if (place < this.#end + RECORD_BYTES_MAX - this.#size) break;
      notes.push(records.read(place % this.#size));
      place = records.before(place % this.#size);
    }
    return notes.reverse();
  }

  #makeRoom(bytes: number): void {
    const { length } = this.#records;
    if (bytes > length) this.#records = this.#records.enlarged(Math.min(2 * length, this.#size));
  }
}

const NOWHERE = -1;
const RING_BYTES_FIRST = 32 * 1024;
const RECORD_FIELDS_BYTES = 20;
const RECORD_BYTES_MAX = RECORD_FIELDS_BYTES + HEAD_BYTES_MAX;
const LAST_BYTES = PACKETS_NOTED_LAST * RECORD_BYTES_MAX;
const OUT = 0x8000;
