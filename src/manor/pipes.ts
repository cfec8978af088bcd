/**
 * Yards inside the manor's own process: what a socket does for others, a queue does for them. So a
 * message is what it was when it was sent, whatever its sender makes of the value afterwards, what
 * can't travel is refused at once, and a yard that throws harms nobody but itself.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { guard } from "../base/guard.ts";
import { BODY_BYTES_MAX } from "../base/limits.ts";
import type { Body } from "../base/value.ts";
import type { Link } from "../io/link.ts";
import { MANOR_YARD } from "../route/triple.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { BodyKind } from "../wire/kinds.ts";

/** What the pipes tell the manor; handles are its own. */
export interface PipesOwner {
  fromPipe(yard: string, body: Body): void;
  pipeSent(handle: number): void;
  pipeLeft(yard: string): void;
  /** a yard of this process, or what it led to, has thrown */
  onError(error: unknown): void;
}

/** A yard that is elsewhere and has its pipe here, as over a connection: it takes bytes in its own time. */
export interface PipeReader {
  /** Bytes that it was given and has not read. */
  readonly unread: number;
  /** @param ended called once, later: it has read them, or is gone */
  take(packed: Uint8Array, ended: () => void): void;
}

/** The yards of this process. Messages pass in the next microtask, so nothing is re-entered. */
export class Pipes {
  readonly #owner: PipesOwner;
  readonly #links = new Map<string, Link>();
  readonly #readers = new WeakMap<Link, PipeReader>();
  // Below zero, so that they never meet the handles of the lane's socket.
  #lastHandle = 0;
  #queue: (() => void)[] = [];
  #stopped = false;
  readonly #idle: () => void;

  /** @param idle called when a batch has passed */
  constructor(owner: PipesOwner, idle: () => void) {
    this.#owner = owner;
    this.#idle = idle;
  }

  /** Whether a yard is in this process. */
  has(yard: string): boolean {
    return this.#links.has(yard);
  }

  /** All of them. */
  names(): string[] {
    return [...this.#links.keys()];
  }

  /** Bytes that a yard was given and has not read: only one that reads in its own time has any. */
  unread(yard: string): number {
    return this.#readerOf(yard)?.unread ?? 0;
  }

  /** Makes a yard in this process. @param reader if it reads in its own time: messages are not events then */
  open(yard: string, reader?: PipeReader): Link {
    const link: Link = {
      yard,
      onEvent: () => {},
      transmit: (body, to) =>
        reader ? this.#fromReader(yard, body) : this.#fromYard(link, body, to),
      close: () => this.#close(link),
    };
    this.#links.set(yard, link);
    if (reader) this.#readers.set(link, reader);
    return link;
  }

  /**
   * Gives a message to a yard of this process.
   *
   * @throws {RaetError} bad_body, too_large
   */
  transmit(body: Body, yard: string): number {
    const packed = packedOf(body);
    const reader = this.#readerOf(yard);
    const handle = --this.#lastHandle;
    if (reader) {
      reader.take(packed, () => this.#later(() => this.#owner.pipeSent(handle)));
      return handle;
    }
    const copy = unpackedOf(packed);
    this.#later(() => {
      const link = this.#links.get(yard);
      this.#owner.pipeSent(handle);
      link?.onEvent({ type: "message", yard: MANOR_YARD, body: copy });
    });
    return handle;
  }

  #readerOf(yard: string): PipeReader | undefined {
    const link = this.#links.get(yard);
    return link && this.#readers.get(link);
  }

  /** The manor stopped: what a yard sends from now on fails. */
  stop(): void {
    this.#stopped = true;
  }

  #fromYard(link: Link, body: Body, to: string): number {
    const copy = unpackedOf(packedOf(body));
    const handle = --this.#lastHandle;
    this.#later(() => {
      if (this.#stopped) {
        const message = "the manor was stopped";
        return link.onEvent({ type: "failed", handle, code: "no_manor", message });
      }
      if (to !== MANOR_YARD) {
        const message = `a yard in the manor's process sends to its manor, not to "${to}"`;
        return link.onEvent({ type: "failed", handle, code: "no_yard", message });
      }
      link.onEvent({ type: "sent", handle });
      this.#owner.fromPipe(link.yard, copy);
    });
    return handle;
  }

  /** At once, so that what this leads to is unread before more is taken; its bytes were nobody's value. */
  #fromReader(yard: string, body: Body): number {
    if (!this.#stopped) this.#owner.fromPipe(yard, body);
    this.#later(() => {}); // ends the batch
    return --this.#lastHandle;
  }

  /** It leaves after what it has just sent, its goodbye as well. */
  #close(link: Link): Promise<void> {
    const { yard } = link;
    return new Promise((resolve) =>
      this.#later(() => {
        resolve();
        if (this.#links.get(yard) !== link) return;
        this.#links.delete(yard);
        this.#owner.pipeLeft(yard);
      })
    );
  }

  #later(work: () => void): void {
    this.#queue.push(work);
    if (this.#queue.length === 1) queueMicrotask(() => this.#run());
  }

  #run(): void {
    const onError = (error: unknown) => this.#owner.onError(error);
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      for (const work of batch) guard(work, onError);
    }
    guard(this.#idle, onError);
  }
}

function packedOf(body: Body): Uint8Array {
  const packed = packBody(BodyKind.msgpack, body);
  if (packed.length > BODY_BYTES_MAX) {
    throw new RaetError(
      "too_large",
      `a message of ${packed.length} packed bytes is too large: expected at most ${BODY_BYTES_MAX}`,
    );
  }
  return packed;
}

function unpackedOf(packed: Uint8Array): Body {
  const copy = unpackBody(BodyKind.msgpack, packed);
  if (copy instanceof Drop) {
    throw new RaetError("bad_body", `a body that can't travel: ${copy.detail}`);
  }
  return copy;
}
