/**
 * Frames over a stream socket of this host: four bytes that tell the length, then that many bytes. For
 * the socket of operators, where the kernel says who is at the other end and nobody needs a file of its
 * own to be answered at.
 *
 * Invariants: a frame past the bound ends the connection; of a peer that doesn't read no more is read
 * than it may leave unread; nothing throws out of an event.
 *
 * @module
 */
import type { Socket } from "node:net";
import { concatBytes } from "../base/bytes.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FrameEnd, FrameQueue } from "./frame_queue.ts";

const LENGTH_BYTES = 4;
const EMPTY = new Uint8Array(0);

/** Cuts a stream into frames. */
export class FrameReader {
  readonly #bytesMax: number;
  /** What has come and is not taken yet, at its beginning; it grows as that does. */
  #held: Uint8Array = EMPTY;
  #length = 0;

  /** @param bytesMax longest frame that is taken */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The frames that are whole with these bytes; null if one is too long: there is nothing to read then. */
  push(bytes: Uint8Array): Uint8Array[] | null {
    this.#append(bytes);
    const frames: Uint8Array[] = [];
    const view = new DataView(this.#held.buffer, this.#held.byteOffset);
    let at = 0;
    while (this.#length - at >= LENGTH_BYTES) {
      const length = view.getUint32(at);
      if (length > this.#bytesMax) return null;
      const end = at + LENGTH_BYTES + length;
      if (this.#length < end) break;
      frames.push(this.#held.slice(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#length -= at;
    if (this.#length === 0) this.#held = EMPTY;
    else if (at > 0) this.#held.copyWithin(0, at, at + this.#length);
    return frames;
  }

  /** Into room that doubles: who sends a frame byte by byte costs no more than its bytes. */
  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }
}

/** Whom a frame stream tells. */
export interface FrameHandler {
  onFrame(frame: Uint8Array): void;
  /** Its peer has read nothing for long of what waits for it. */
  onStall?(): void;
  /** It has ended, for whatever reason; called once. */
  onEnd(): void;
}

/** How a frame stream goes on. */
export interface FrameStreamOptions {
  /** how many bytes its peer may leave unread before it is not read itself (default: any number) */
  readonly unreadMax?: number;
  readonly clock?: Clock;
}

/** One connection. */
export class FrameStream {
  readonly #socket: Socket;
  readonly #handler: FrameHandler;
  readonly #unreadMax: number;
  readonly #queue: FrameQueue;
  /** What was read while its peer may have nothing more. */
  #held: Uint8Array[] = [];
  #isPaused = false;
  #isOpen = true;
  #isClosing = false;

  constructor(
    socket: Socket,
    bytesMax: number,
    handler: FrameHandler,
    { unreadMax = Infinity, clock = systemClock }: FrameStreamOptions = {},
  ) {
    this.#socket = socket;
    this.#handler = handler;
    this.#unreadMax = unreadMax;
    this.#queue = new FrameQueue(socket, clock, {
      onRead: () => this.#isPaused ? this.#handOver() : undefined,
      onStall: () => handler.onStall?.(),
    });
    const reader = new FrameReader(bytesMax);
    socket.on("data", (bytes: Uint8Array) => {
      const frames = reader.push(new Uint8Array(bytes));
      if (frames === null) return void socket.destroy();
      this.#held.push(...frames);
      this.#handOver();
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("end", () => this.#queue.whenEmpty(() => socket.end()));
    socket.on("close", () => this.#ended());
  }

  /** Bytes that wait to be read by its peer, beyond what the system holds. */
  get unread(): number {
    return this.#queue.bytes;
  }

  /** Sends a frame. @param ended called once, later, with how that went */
  send(frame: Uint8Array, ended: (how: FrameEnd) => void = () => {}): void {
    if (this.#isClosing) return queueMicrotask(() => ended("gone"));
    this.#queue.add(withLength(frame), ended);
  }

  /** Takes back what its peer has nothing of yet. */
  takeBack(): void {
    this.#queue.takeBack();
  }

  /** Ends it, once what was sent has left, or after a while. What still comes is read and thrown away. */
  close(): Promise<void> {
    this.#isClosing = true;
    if (!this.#isOpen) return Promise.resolve();
    this.#handOver();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS_MAX);
      this.#socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      this.#queue.whenEmpty(() => this.#socket.end());
    });
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** What one frame leads to is sent before the next is looked at, so whoever asks waits for whoever reads. */
  #handOver(): void {
    const isFull = () => !this.#isClosing && this.#queue.bytes >= this.#unreadMax;
    while (this.#held.length > 0 && !isFull()) {
      const frame = this.#held.shift()!;
      if (!this.#isClosing) this.#handler.onFrame(frame);
    }
    if (isFull() === this.#isPaused) return;
    this.#isPaused = !this.#isPaused;
    if (this.#isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  #ended(): void {
    this.#isOpen = false;
    this.#queue.end();
    for (const frame of this.#held) if (!this.#isClosing) this.#handler.onFrame(frame);
    this.#isClosing = true;
    this.#handler.onEnd();
  }
}

/**
 * Sends one frame over a connection that is not wanted, and ends it whatever its peer does. What the peer
 * said is read first: to one whose words lie unread the kernel says that the connection was reset.
 */
export function endWithFrame(socket: Socket, frame: Uint8Array): void {
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS_MAX);
  socket.on("error", () => {});
  socket.once("close", () => clearTimeout(timer));
  socket.once("data", () => socket.end(withLength(frame), () => socket.destroy()));
}

function withLength(frame: Uint8Array): Uint8Array {
  const head = new Uint8Array(LENGTH_BYTES);
  new DataView(head.buffer).setUint32(0, frame.length);
  return concatBytes(head, frame);
}

/** A peer that doesn't end its side is not waited for. */
const CLOSE_MS_MAX = 1_000;
