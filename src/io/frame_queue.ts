/**
 * Frames on their way out of one connection, in order. The socket is given a little at a time, so that it
 * is known what has left, and whether anything does.
 *
 * Invariant: every frame ends once. One that was not wholly given to the socket has not arrived.
 *
 * @module
 */
import type { Socket } from "node:net";
import { YARD_STALL_MS_MAX } from "../base/limits.ts";
import type { Clock } from "./clock.ts";

/** How a frame ended: the system has it; it never had; it was taken back. */
export type FrameEnd = "sent" | "gone" | "taken_back";

/** Bytes that the socket has at once, beyond what the system holds. */
const SOCKET_BYTES_MAX = 256 * 1024;

interface Frame {
  readonly bytes: Uint8Array;
  readonly ended: (how: FrameEnd) => void;
  /** how many bytes the socket was given */
  given: number;
}

/** Whom a queue tells. */
export interface FrameQueueOwner {
  /** Some of it has left. */
  onRead(): void;
  /** Nothing of it has left for long; told again each time that it was as long. */
  onStall(): void;
}

/** What waits to leave by one socket. */
export class FrameQueue {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #owner: FrameQueueOwner;
  /** Those that the socket was not wholly given; of the first perhaps a part. */
  #waiting: Frame[] = [];
  /** Those that it was, and has not given to the system yet. */
  #leaving: Frame[] = [];
  #bytes = 0;
  #bytesInSocket = 0;
  /** How often it was looked at since something has left. */
  #looks = 0;
  #callOff: (() => void) | null = null;
  #isOver = false;
  #whenEmpty = () => {};

  constructor(socket: Socket, clock: Clock, owner: FrameQueueOwner) {
    this.#socket = socket;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** How many bytes have not left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a frame. @param ended called once, later */
  add(bytes: Uint8Array, ended: (how: FrameEnd) => void): void {
    if (this.#isOver) return queueMicrotask(() => ended("gone"));
    if (this.#bytes === 0) this.#looks = 0;
    this.#waiting.push({ bytes, ended, given: 0 });
    this.#bytes += bytes.length;
    this.#fill();
    this.#watch();
  }

  /** Ends those of which the socket has nothing: they have not arrived, and never will. */
  takeBack(): void {
    const back = this.#waiting.filter(({ given }) => given === 0);
    this.#waiting = this.#waiting.filter(({ given }) => given > 0);
    for (const { bytes, ended } of back) {
      this.#bytes -= bytes.length;
      ended("taken_back");
    }
    if (this.#bytes === 0) this.#whenEmpty();
  }

  /** Calls once all have left. */
  whenEmpty(call: () => void): void {
    if (this.#bytes === 0) return call();
    this.#whenEmpty = call;
  }

  /** The connection is over. What the socket was wholly given may have arrived. */
  end(): void {
    this.#isOver = true;
    const [leaving, waiting] = [this.#leaving, this.#waiting];
    [this.#leaving, this.#waiting, this.#bytes] = [[], [], 0];
    this.#callOff?.();
    for (const { ended } of leaving) ended("sent");
    for (const { ended } of waiting) ended("gone");
  }

  #fill(): void {
    while (this.#bytesInSocket < SOCKET_BYTES_MAX && this.#waiting.length > 0) {
      const [frame] = this.#waiting;
      const slice = frame.bytes.subarray(frame.given, frame.given + SOCKET_BYTES_MAX);
      frame.given += slice.length;
      const isLast = frame.given === frame.bytes.length;
      if (isLast) this.#leaving.push(this.#waiting.shift()!);
      this.#bytesInSocket += slice.length;
      this.#socket.write(slice, (error) => {
        if (!error && !this.#isOver) this.#left(slice.length, isLast);
      });
    }
  }

  #left(bytes: number, isLast: boolean): void {
    this.#bytes -= bytes;
    this.#bytesInSocket -= bytes;
    this.#looks = 0;
    if (isLast) this.#leaving.shift()!.ended("sent");
    this.#fill();
    if (this.#bytes === 0) this.#whenEmpty();
    this.#owner.onRead();
  }

  /** Whoever was stopped itself looks once when it goes on, however long that was, and then what can leaves. */
  #watch(): void {
    if (this.#callOff || this.#isOver || this.#bytes === 0) return;
    this.#callOff = this.#clock.after(YARD_STALL_MS_MAX / LOOKS, () => {
      this.#callOff = null;
      if (this.#bytes > 0 && ++this.#looks >= LOOKS) {
        this.#looks = 0;
        this.#owner.onStall();
      }
      this.#watch();
    });
  }
}

/** Looks at a queue from which nothing leaves, until that is said. */
const LOOKS = 5;
