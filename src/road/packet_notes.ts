/**
 * What a transaction keeps of its packets for the trace: time, direction, size and the bytes of the
 * head, never those of a body, a coat or a foot.
 *
 * This is on the path of every packet, so heads are copied into slabs that many of them share, and a
 * transaction's notes are bounded: its first packets and its last ones, the middle only counted.
 *
 * @module
 */
import {
  HEAD_BYTES_MAX,
  NOTES_OPEN_BYTES_MAX,
  PACKETS_NOTED_FIRST,
  PACKETS_NOTED_LAST,
} from "../base/limits.ts";
import { copyHead } from "../wire/heads.ts";

/** One packet. */
export class PacketNote {
  /**
   * For `PacketNotes`.
   *
   * @param ms since the transaction began
   * @param out whether we sent it
   * @param bytes of the whole packet
   */
  constructor(
    readonly ms: number,
    readonly out: boolean,
    readonly bytes: number,
    private readonly slab: Uint8Array,
    private readonly from: number,
    private readonly length: number,
  ) {}

  /** The head as it went over the wire, a copy. */
  get head(): Uint8Array {
    return this.slab.slice(this.from, this.from + this.length);
  }

  /** Roughly what it takes in memory. */
  get heldBytes(): number {
    return this.length + NOTE_OVERHEAD_BYTES;
  }
}

/** The packets of one transaction. */
export class PacketNotes {
  /** Packets that were not kept: those of the middle, and those for which there was no room. */
  leftOut = 0;
  /** Roughly what all of it takes in memory. */
  heldBytes = 0;
  /** The first ones, and behind them a ring of the last ones. */
  readonly #kept: PacketNote[] = [];
  #oldest = 0;

  /** Takes a note; of the last ones the oldest gives way. */
  add(note: PacketNote): void {
    this.heldBytes += note.heldBytes;
    if (this.#kept.length < KEPT_MAX) {
      this.#kept.push(note);
      return;
    }
    const at = PACKETS_NOTED_FIRST + this.#oldest;
    this.heldBytes -= this.#kept[at].heldBytes;
    this.#kept[at] = note;
    this.#oldest = (this.#oldest + 1) % PACKETS_NOTED_LAST;
    this.leftOut++;
  }

  /** Those that were kept, in order. */
  list(): PacketNote[] {
    const middle = PACKETS_NOTED_FIRST + this.#oldest;
    return [
      ...this.#kept.slice(0, PACKETS_NOTED_FIRST),
      ...this.#kept.slice(middle),
      ...this.#kept.slice(PACKETS_NOTED_FIRST, middle),
    ];
  }
}

/** Takes the notes of all transactions of one stack; what those hold that are open is bounded. */
export class NoteKeeper {
  #openBytes = 0;
  #slab = new Uint8Array(0);
  #used = 0;

  /** Notes a packet of an open transaction. */
  add(notes: PacketNotes, datagram: Uint8Array, out: boolean, ms: number): void {
    if (this.#openBytes >= NOTES_OPEN_BYTES_MAX) {
      notes.leftOut++;
      return;
    }
    if (this.#slab.length - this.#used < HEAD_BYTES_MAX) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    const length = copyHead(datagram, this.#slab, from);
    this.#used += length;
    this.#openBytes -= notes.heldBytes;
    notes.add(new PacketNote(ms, out, datagram.length, this.#slab, from, length));
    this.#openBytes += notes.heldBytes;
  }

  /** The transaction ended: whoever remembers it answers for its notes from now on. */
  release(notes: PacketNotes): void {
    this.#openBytes -= notes.heldBytes;
  }
}

const KEPT_MAX = PACKETS_NOTED_FIRST + PACKETS_NOTED_LAST;
/** Small, as one note that is kept for long keeps all of its slab. */
const SLAB_BYTES = 4096;
const NOTE_OVERHEAD_BYTES = 64;
