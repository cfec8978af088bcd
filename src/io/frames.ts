/**
 * Frames over a stream socket of this host: four bytes that tell the length, then that many bytes. For
 * the socket of operators, where the kernel says who is at the other end and nobody needs a file of its
 * own to be answered at.
 *
 * Invariants: a frame past the bound ends the connection, and so does a peer that doesn't read what it
 * is sent; nothing throws out of an event.
 *
 * @module
 */
import type { Socket } from "node:net";
import { concatBytes } from "../base/bytes.ts";
import { OPERATOR_QUEUE_BYTES_MAX } from "../base/limits.ts";

const LENGTH_BYTES = 4;

/** Cuts a stream into frames. */
export class FrameReader {
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param bytesMax longest frame that is taken */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The frames that are whole with these bytes; null if one is too long: there is nothing to read then. */
  push(bytes: Uint8Array): Uint8Array[] | null {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    const frames: Uint8Array[] = [];
    for (;;) {
      if (this.#length < LENGTH_BYTES) return frames;
      if (this.#parts[0].length < LENGTH_BYTES) this.#join();
      const [head] = this.#parts;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
      if (length > this.#bytesMax) return null;
      if (this.#length < LENGTH_BYTES + length) return frames;
      this.#join();
      const end = LENGTH_BYTES + length;
      frames.push(this.#parts[0].slice(LENGTH_BYTES, end));
      this.#parts = [this.#parts[0].subarray(end)];
      this.#length -= end;
    }
  }

  #join(): void {
    if (this.#parts.length > 1) this.#parts = [concatBytes(...this.#parts)];
  }
}

/** Whom a frame stream tells. */
export interface FrameHandler {
  onFrame(frame: Uint8Array): void;
  /** It has ended, for whatever reason; called once. */
  onEnd(): void;
}

/** One connection. */
export class FrameStream {
  readonly #socket: Socket;
  #isOpen = true;

  constructor(socket: Socket, bytesMax: number, handler: FrameHandler) {
    this.#socket = socket;
    const reader = new FrameReader(bytesMax);
    socket.on("data", (bytes: Uint8Array) => {
      const frames = reader.push(new Uint8Array(bytes));
      for (const frame of frames ?? []) if (this.#isOpen) handler.onFrame(frame);
      if (frames === null) socket.destroy();
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      this.#isOpen = false;
      handler.onEnd();
    });
  }

  /** Sends a frame; false if the connection is over, or the peer has left too much unread. */
  send(frame: Uint8Array): boolean {
    if (!this.#isOpen) return false;
    if (this.#socket.writableLength > OPERATOR_QUEUE_BYTES_MAX) {
      this.#socket.destroy();
      return false;
    }
    const head = new Uint8Array(LENGTH_BYTES);
    new DataView(head.buffer).setUint32(0, frame.length);
    this.#socket.write(concatBytes(head, frame));
    return true;
  }

  /** Ends it, once what was sent has left, or after a while. */
  close(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS_MAX);
      this.#socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end();
    });
  }
}

/** A peer that doesn't end its side is not waited for. */
const CLOSE_MS_MAX = 500;
