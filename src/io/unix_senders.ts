/**
 * The sockets that a yard sends by.
 *
 * Why more than one: the kernel charges a datagram to the socket that sent it until the receiver has
 * read it, and four unread pages of 64 KiB use up the default send buffer. Over one socket, one
 * stopped peer would so make every other send answer "full" until it wakes or dies. Here each peer
 * with unread datagrams has a socket to itself; a socket is given to another peer when all that went
 * through it has been read.
 *
 * All have the yard's own path as their name, so that peers see the right source: they are bound to it
 * one after the other, and the file removed in between. What is sent to one of them in these
 * microseconds is not lost: `strays` hands it out. A socket is connected only while it waits for room:
 * its `poll` answers "writable" when the peer's queue and our buffer both have some.
 *
 * @module
 */
import fs from "node:fs";
import { RaetError } from "../base/errors.ts";
import type { SendResult } from "../lane/port.ts";
import { Errno, type Libc, type SocketAddress, socketAddress } from "./libc.ts";
import { outOfSockets } from "./unix_path.ts";

/** Bytes of send buffer to ask for; the kernel cuts it to what is allowed (net.core.wmem_max). */
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

/** A reader that made room in that time was awake, or about to be: it pays to try again at once. */
const PATIENCE_MS_MAX = 0.4;
const PATIENCE_MS_MIN = 0.02;

/** More than any socket has unread: as if one that waits for room had so much more. */
const WATCHING_BYTES = 2 ** 40;

/** One socket to send by. */
export interface Sender {
  readonly fd: number;
  /** The peer that it serves, null before the first. */
  path: string | null;
  address: SocketAddress | null;
  /** How often in succession that peer was full. */
  fulls: number;
  /** Since when, while it is full. */
  fullAt: number;
  /** For how long it is then tried again at once, before it is polled. */
  patienceMs: number;
  /** How often in succession it was polled. */
  polls: number;
  /** The peer whose room it waits for in `poll`, null if it waits for none; it may serve another by now. */
  watching: string | null;
}

/** The sending sockets of one yard. */
export class UnixSenders {
  readonly #libc: Libc;
  readonly #senders: Sender[] = [];
  readonly #byPath = new Map<string, Sender>();
  #next = 0;

  /**
   * Makes them. To be called with the directory locked and the path free; leaves it free.
   *
   * @throws {RaetError} if the kernel gives none
   */
  constructor(libc: Libc, own: SocketAddress, ownPath: string, count: number) {
    this.#libc = libc;
    try {
      for (let i = 0; i < count; i++) this.#senders.push(makeSender(libc, own, ownPath));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends a datagram, or doesn't, at once. */
  send(path: string, bytes: Uint8Array): SendResult {
    const sender = this.#byPath.get(path) ?? this.#lease(path);
    if (sender === null) return "full";
    if (sender.address === null) return "gone";
    const { bytes: address, length } = sender.address;
    const answer = this.#libc.sendTo(sender.fd, bytes, address, length);
    if (answer >= 0) {
      if (sender.fulls > 0) gotThrough(sender);
      return "sent";
    }
    switch (-answer) {
      case Errno.again:
      case Errno.noBuffers:
      case Errno.outOfMemory:
      case Errno.interrupted:
        if (sender.fulls++ === 0) sender.fullAt = performance.now();
        return "full";
      case Errno.messageSize:
        throw new RaetError(
          "too_large",
          `a datagram of ${bytes.length} bytes is more than the system sends to "${path}"`,
        );
    }
    this.release(path);
    return "gone";
  }

  /** The socket that serves a path now, if one does. */
  senderOf(path: string): Sender | null {
    return this.#byPath.get(path) ?? null;
  }

  /** Makes a socket's `poll` tell when its peer has room; false if the peer is gone. */
  connect(sender: Sender): boolean {
    const address = sender.address;
    return address !== null &&
      this.#libc.connect(sender.fd, address.bytes, address.length) >= 0;
  }

  /** Descriptors that may hold datagrams sent to us while we started. */
  strays(): number[] {
    return this.#senders.map((sender) => sender.fd);
  }

  /** Forgets a peer that is gone. */
  release(path: string): void {
    const sender = this.#byPath.get(path);
    if (sender === undefined) return;
    this.#byPath.delete(path);
    serve(sender, null);
  }

  /** Closes them. */
  close(): void {
    for (const sender of this.#senders) this.#libc.close(sender.fd);
    this.#senders.length = 0;
    this.#byPath.clear();
  }

  /**
   * A socket for a peer: one with nothing unread, else the one with least. One that waits for room only
   * where all do, as for many stopped peers: it goes on waiting for that peer, and sends to the other.
   */
  #lease(path: string): Sender | null {
    let best: Sender | null = null;
    let bestUnread = Infinity;
    for (let i = 0; i < this.#senders.length && bestUnread > 0; i++) {
      const sender = this.#senders[this.#next];
      this.#next = (this.#next + 1) % this.#senders.length;
      const waits = sender.watching === null ? 0 : WATCHING_BYTES;
      const unread = this.#libc.unreadBytes(sender.fd) + waits;
      if (unread < bestUnread) [best, bestUnread] = [sender, unread];
    }
    if (best === null) return null;
    if (best.path !== null) this.#byPath.delete(best.path);
    serve(best, path);
    this.#byPath.set(path, best);
    return best;
  }
}

function makeSender(libc: Libc, own: SocketAddress, ownPath: string): Sender {
  const fd = libc.datagramSocket();
  if (fd < 0) throw outOfSockets(fd);
  libc.setSendBuffer(fd, SEND_BUFFER_BYTES);
  libc.chmod(fd, 0o600);
  const bound = libc.bind(fd, own.bytes, own.length);
  if (bound < 0) {
    libc.close(fd);
    throw new RaetError("bad_config", `"${ownPath}" can't be bound (errno ${-bound})`);
  }
  fs.rmSync(ownPath, { force: true });
  const sender = {
    fd,
    path: null,
    address: null,
    fulls: 0,
    fullAt: 0,
    patienceMs: 0,
    polls: 0,
    watching: null,
  };
  serve(sender, null);
  return sender;
}

function serve(sender: Sender, path: string | null): void {
  sender.path = path;
  sender.address = path === null ? null : socketAddress(path);
  sender.fulls = sender.polls = sender.fullAt = 0;
  sender.patienceMs = PATIENCE_MS_MAX;
}

function gotThrough(sender: Sender): void {
  const soon = performance.now() - sender.fullAt < PATIENCE_MS_MAX;
  sender.patienceMs = soon
    ? Math.min(PATIENCE_MS_MAX, sender.patienceMs * 2)
    : Math.max(PATIENCE_MS_MIN, sender.patienceMs / 2);
  sender.fulls = sender.polls = 0;
}
