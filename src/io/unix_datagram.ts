/**
 * A yard's socket: Unix datagrams, full duplex on one path, by calls of the C library (protocol.md 6).
 *
 * Why not the runtime's own Unix datagram socket: Deno's can't send while a receive is waiting, and
 * its send to a peer with a full queue (11 datagrams) neither returns nor can be cancelled and burns a
 * core until that peer reads; Bun has none. The C library answers EAGAIN at once, on one descriptor,
 * the same in both runtimes. The price is `--allow-ffi`. `deno task bench --only floor-unix` prints the rate.
 *
 * How it waits: one `poll` on another thread, over the receiving socket, a counter to
 * wake it with, and each sending socket whose peer is full. A peer that was full is tried again at once
 * for about as long as a reader takes to wake, and less after that was in vain: two processes that sleep
 * and wake each other once for every eleven pages are several times slower than two that are awake.
 * Each try gives way to other threads first, as the two may share a core. Then its
 * socket is connected and polled: the kernel tells when a connected peer's queue has room. Where it
 * tells so and there is none, a timer with backoff takes over. So a peer that stopped costs nothing.
 *
 * Invariants: nothing throws out of the loop; a batch is bounded, and the event loop has its turn
 * after each; a peer that was full is looked at however much comes in; received bytes belong to whom
 * they are handed to; `close` ends everything it began.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { DATAGRAMS_PER_TURN_MAX, PAGE_BYTES_MAX, SENDING_SOCKETS } from "../base/limits.ts";
import type { SendResult } from "../lane/port.ts";
import { systemLibc } from "./backends.ts";
import {
  ADDRESS_BYTES,
  Errno,
  foreignBytes,
  type Libc,
  POLL_ENTRY_BYTES,
  polledEvents,
  PollEvent,
  setPollEntry,
} from "./libc.ts";
import { tick } from "./tick.ts";
import { openParts, type SocketParts } from "./unix_bind.ts";
import {
  boundAt,
  identityOf,
  type PathState,
  prepareDirectory,
  probePath,
  removeOwnSocket,
  withDirectoryLock,
} from "./unix_path.ts";
import type { Sender, UnixSenders } from "./unix_senders.ts";
import { SourcePaths } from "./unix_sources.ts";

/** Whom a socket tells. */
export interface UnixDatagramHandler {
  /** A datagram came; the bytes are the handler's. `fromPath` is empty if the sender has no name. */
  onDatagram(datagram: Uint8Array, fromPath: string): void;
  /** Some datagrams came, and were handed over one by one: time for what is done once for all. */
  onBatch?(): void;
  /** A datagram longer than a page can be came, and is gone. */
  onTooLong?(fromPath: string, length: number): void;
  /** A path that is watched may have room, or nobody is there any more: try again. */
  onWritable(path: string): void;
  /** Something failed that should not: the socket goes on. */
  onError(error: unknown): void;
}

/** Settings of a socket. */
export interface UnixDatagramOptions {
  /** How many sockets to send by; see `unix_senders.ts`. */
  sendingSockets?: number;
  /** The C library, in tests. */
  libc?: Libc;
}

/** Turns without a datagram before the socket waits in `poll`: waking from it costs far more. */
const LINGER_TURNS = 50;
/** How long the loop may be busy before peers that wait in `poll` are looked at all the same. */
const BUSY_MS_MAX = 1;
/** How often in succession a peer may be polled as writable and still be full. */
export const POLLS_MAX = 8;
const BACKOFF_MS_MAX = 100;
/** How long to wait where every sending socket waits for room itself. */
const BACKOFF_MS_NO_SENDER = 10;
const WAIT_FOREVER = -1;
const DO_NOT_WAIT = 0;

/** A bound socket. Made by `open`. */
export class UnixDatagramSocket {
  /** Its absolute path. */
  readonly path: string;
  /** What `identityOf` its path says while the file is ours. */
  readonly identity: string;

  readonly #libc: Libc;
  readonly #fd: number;
  readonly #wakeFd: number;
  readonly #senders: UnixSenders;
  readonly #handler: UnixDatagramHandler;
  readonly #sources = new SourcePaths();
  readonly #buffer = foreignBytes(PAGE_BYTES_MAX + 1);
  readonly #from = foreignBytes(ADDRESS_BYTES);
  readonly #fromLength = foreignBytes(4);
  readonly #fromLengthView = new DataView(this.#fromLength.buffer);
  readonly #entries: ReturnType<typeof foreignBytes>;
  readonly #watched: Sender[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #soon = new Set<string>();
  readonly #loop: Promise<void>;
  #polling = false;
  #closing: Promise<void> | null = null;
  #faults = 0;

  private constructor(parts: SocketParts, handler: UnixDatagramHandler) {
    this.path = parts.path;
    this.identity = parts.identity;
    this.#libc = parts.libc;
    this.#fd = parts.fd;
    this.#wakeFd = parts.wakeFd;
    this.#senders = parts.senders;
    this.#handler = handler;
    this.#entries = foreignBytes((2 + parts.senders.strays().length) * POLL_ENTRY_BYTES);
    this.#loop = this.#run();
  }

  /**
   * Binds a socket, mode 0600, in a directory that is ours alone (made if missing).
   *
   * @throws {RaetError} `bad_config` if the path is too long or taken by a live process, the directory
   *   is open to others, or the runtime may not load the C library
   */
  static async open(
    path: string,
    handler: UnixDatagramHandler,
    options: UnixDatagramOptions = {},
  ): Promise<UnixDatagramSocket> {
    prepareDirectory(path);
    const libc = options.libc ?? systemLibc();
    const count = options.sendingSockets ?? SENDING_SOCKETS;
    const parts = await withDirectoryLock(libc, path, () => openParts(libc, path, count));
    return new UnixDatagramSocket(parts, handler);
  }

  /**
   * Hands a datagram to the socket at a path, or doesn't, at once.
   *
   * @throws {RaetError} `too_large` if it is larger than the system takes
   */
  send(path: string, page: Uint8Array): SendResult {
    return this.#closing === null ? this.#senders.send(path, page) : "gone";
  }

  /** Has `onWritable` called once that a path which was full may have room. */
  watch(path: string): void {
    if (this.#closing !== null) return;
    const sender = this.#senders.senderOf(path);
    // Connected to that peer, it can't wait for this one, too.
    const isTaken = sender !== null && sender.watching !== null && sender.watching !== path;
    if (sender === null || isTaken) return this.#retryLater(path, BACKOFF_MS_NO_SENDER);
    if (performance.now() - sender.fullAt < sender.patienceMs) return this.#retrySoon(path);
    const vain = ++sender.polls - POLLS_MAX;
    if (vain > 0) return this.#retryLater(path, backoffMs(vain));
    if (!this.#senders.connect(sender)) return this.#retrySoon(path);
    if (sender.watching !== null) return;
    sender.watching = path;
    this.#watched.push(sender);
    this.#wake();
  }

  /**
   * Removes its file, so that who sends to it from now on is told that nobody is there, and hands over
   * what had come until then. Sending goes on as before.
   */
  async leave(): Promise<void> {
    await this.#removeFile();
    while (this.#closing === null && this.#drain(this.#fd) > 0) {
      this.#guard(() => this.#handler.onBatch?.());
      await tick();
    }
  }

  /** Ends it and removes its file, unless another has taken that over. No handler is called after. */
  close(): Promise<void> {
    return this.#closing ??= this.#end();
  }

  /** Takes what has come and waits for more, until it is closed. */
  async #run(): Promise<void> {
    await tick(); // whoever opened us knows us before the first datagram
    for (const stray of this.#senders.strays()) {
      if (this.#drain(stray) > 0) this.#guard(() => this.#handler.onBatch?.());
    }
    let idleTurns = 0;
    let polledAt = performance.now();
    while (this.#closing === null) {
      const taken = this.#drain(this.#fd);
      if (taken < 0) {
        await this.#pauseAfterFault(taken);
        continue;
      }
      idleTurns++;
      if (taken > 0) {
        idleTurns = this.#faults = 0;
        this.#guard(() => this.#handler.onBatch?.());
      }
      const isIdle = idleTurns >= LINGER_TURNS;
      if (isIdle || this.#watched.length > 0 && performance.now() - polledAt >= BUSY_MS_MAX) {
        await this.#wait(isIdle ? WAIT_FOREVER : DO_NOT_WAIT);
        polledAt = performance.now();
        continue;
      }
      if (idleTurns > 0) this.#libc.yieldCore();
      await tick();
    }
  }

  /** Hands over a bounded number of datagrams; answers how many there were, or the error. */
  #drain(fd: number): number {
    for (let taken = 0; taken < DATAGRAMS_PER_TURN_MAX; taken++) {
      if (this.#closing !== null) return taken;
      this.#fromLengthView.setInt32(0, ADDRESS_BYTES, true);
      const length = this.#libc.receiveFrom(fd, this.#buffer, this.#from, this.#fromLength);
      if (length < 0) {
        return length === -Errno.again || length === -Errno.interrupted || taken > 0
          ? taken
          : length;
      }
      const from = this.#sources.read(this.#from, this.#fromLengthView.getInt32(0, true));
      if (length > PAGE_BYTES_MAX) this.#guard(() => this.#handler.onTooLong?.(from, length));
      else this.#guard(() => this.#handler.onDatagram(this.#buffer.slice(0, length), from));
    }
    return DATAGRAMS_PER_TURN_MAX;
  }

  /** Waits until a datagram comes, a watched peer has room, somebody wakes us, or the time is up. */
  async #wait(timeoutMs: number): Promise<void> {
    setPollEntry(this.#entries, 0, this.#fd, PollEvent.readable);
    setPollEntry(this.#entries, 1, this.#wakeFd, PollEvent.readable);
    const watched = this.#watched.slice();
    watched.forEach((sender, i) =>
      setPollEntry(this.#entries, i + 2, sender.fd, PollEvent.writable)
    );
    this.#polling = true;
    const ready = await this.#libc.poll(this.#entries, watched.length + 2, timeoutMs)
      .catch((error) => (this.#guard(() => this.#handler.onError(error)), -Errno.outOfMemory));
    this.#polling = false;
    if (this.#closing !== null) return;
    if (ready < 0) return await this.#pauseAfterFault(ready);
    if (polledEvents(this.#entries, 1) !== 0) this.#libc.clear(this.#wakeFd);
    watched.forEach((sender, i) => {
      if (polledEvents(this.#entries, i + 2) !== 0) this.#room(sender);
    });
    const failed = polledEvents(this.#entries, 0) & ~PollEvent.readable;
    if (failed !== 0) await this.#pauseAfterFault(-Errno.again);
  }

  /** A watched peer has room. */
  #room(sender: Sender): void {
    const path = sender.watching;
    sender.watching = null;
    this.#watched.splice(this.#watched.indexOf(sender), 1);
    if (path !== null) this.#guard(() => this.#handler.onWritable(path));
  }

  #retrySoon(path: string): void {
    if (this.#soon.size === 0) tick().then(() => this.#retryNow());
    this.#soon.add(path);
  }

  #retryNow(): void {
    this.#libc.yieldCore(); // the reader may be waiting for this very core
    const paths = [...this.#soon];
    this.#soon.clear();
    for (const path of paths) {
      if (this.#closing === null) this.#guard(() => this.#handler.onWritable(path));
    }
  }

  #retryLater(path: string, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#closing === null) this.#guard(() => this.#handler.onWritable(path));
    }, delayMs);
    this.#timers.add(timer);
  }

  #wake(): void {
    if (this.#polling) this.#libc.signal(this.#wakeFd);
  }

  /** The kernel refused what it should not: told, and not tried again at once. */
  #fault(answer: number): void {
    this.#faults++;
    this.#guard(() =>
      this.#handler.onError(
        new RaetError("internal", `the socket "${this.path}" failed (errno ${-answer})`),
      )
    );
  }

  async #pauseAfterFault(answer: number): Promise<void> {
    if (answer !== -Errno.interrupted) this.#fault(answer);
    else this.#faults++;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, backoffMs(this.#faults));
      this.#timers.add(timer);
    });
  }

  /** Calls a handler; what it throws is told and goes no further. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      try {
        this.#handler.onError(error);
      } catch {
        // A handler that fails at being told of its failure has nobody left to tell.
      }
    }
  }

  async #end(): Promise<void> {
    this.#libc.signal(this.#wakeFd);
    await tick(); // turns that were asked for before have passed
    await this.#loop;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#libc.close(this.#fd);
    this.#libc.close(this.#wakeFd);
    this.#senders.close();
    await this.#removeFile();
  }

  async #removeFile(): Promise<void> {
    await withDirectoryLock(this.#libc, this.path, () => removeOwnSocket(this.path, this.identity))
      .catch(
        () => {/* the directory is gone or stays locked: the next starter replaces the file */},
      );
  }
}

function backoffMs(times: number): number {
  return Math.min(BACKOFF_MS_MAX, 2 ** (times - 1));
}

/** What stands at a socket path. Sends nothing. */
export function probeSocket(path: string): PathState {
  return probePath(systemLibc(), path);
}

/** The identity of the socket file at a path while a process holds it, else null. */
export function liveIdentity(path: string): string | null {
  return probeSocket(path) === "alive" ? identityOf(path) : null;
}

/** When the socket at a path was bound while a process holds it, Unix time in milliseconds; else null. */
export function liveSince(path: string): number | null {
  return probeSocket(path) === "alive" ? boundAt(path) : null;
}
