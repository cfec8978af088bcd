/**
 * The lane stack: yards of one host that send each other messages as pages (protocol.md 6). It does no
 * I/O: pages come in by `receive`, and leave when `flush` is given a way to send them.
 *
 * Invariants:
 * - Every handle that `transmit` gave ends in exactly one `sent` or `failed` event.
 * - A message leaves whole or nobody gets it: its pages go in order, and none after a failure.
 * - A yard that is full waits by itself; the others have their turn, one page each.
 * - Nothing that comes from a socket throws: it is a counted drop.
 *
 * A yard that begins a new session is another process under the same name: what waited for the old one
 * fails with no_yard, as parts of it may have gone there. The reference drops its unfinished books, too.
 * Our own session is the same with all yards and for all our time: with a new one the other side would
 * take us for another process, and what it gave us for lost. Where one begins anew it may have had
 * something of us before we see that.
 *
 * @module
 */
import { toHex } from "../base/bytes.ts";
import { Counters, Drop } from "../base/drop.ts";
import { assert, RaetError } from "../base/errors.ts";
import {
  BODY_BYTES_MAX,
  PAGES_PER_FLUSH_MAX,
  TRACE_EVENTS_MAX,
  YARD_STALL_MS_MAX,
  YARDS_MAX,
} from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { nextSerial } from "../base/serial.ts";
import type { Body } from "../base/value.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { bodyKindOf, type Packing, packPages, type Page, parsePage } from "../wire/page.ts";
import type { LaneEvent, LaneFailure, YardView } from "./events.ts";
import type { Waiting } from "./outbox.ts";
import { directoryOfPath, isYardName, yardOfPath, yardPath } from "./paths.ts";
import type { SendPage, SendResult } from "./port.ts";
import { RemoteYard } from "./remote_yard.ts";

/** What a lane stack is made of. */
export interface LaneOptions {
  /** Name of the lane: no slash, space or control; may hold dots. */
  readonly lane: string;
  /** Our own yard's name, without dots. */
  readonly yard: string;
  /** Absolute path of the directory of the sockets. */
  readonly directory: string;
  /** For the session's id. */
  readonly random: Random;
  /** Whether yards that we don't know may send to us; true unless said otherwise. */
  readonly accept?: boolean;
  /**
   * Whether a directory of another path is the lane's, too: a yard may know it by a link. Whoever
   * can't bind there is none of the lane's yards, whatever its socket is called. Default is no.
   */
  readonly isSameDirectory?: (directory: string) => boolean;
}

/** How to send. */
export interface TransmitOptions {
  /** How to pack the body; json unless said otherwise. */
  readonly packing?: Packing;
}

/** One yard of a lane. */
export class LaneStack {
  /** Our own yard's name. */
  readonly yard: string;
  /** What tells others that we are still the same process. */
  readonly #session: string;
  /** Where our socket has to be. */
  readonly path: string;
  /** What was counted: pages and messages in and out, and drops by reason. */
  readonly counters: Counters = new Counters();

  readonly #options: LaneOptions;
  readonly #yards = new Map<string, RemoteYard>();
  /** Yards with messages whose socket isn't known to be full, in the order of their turns. */
  readonly #ready = new Set<RemoteYard>();
  /** Yards whose socket was full the last time. */
  readonly #blocked = new Set<RemoteYard>();
  /** The last session of each yard that was found to be gone: pages of it may lie unread in our socket. */
  readonly #goneSessions = new Map<string, string>();
  #events: LaneEvent[] = [];
  #lastHandle = 0;
  /** Number of the last message to anybody: whoever is told of two under one number would mix them up. */
  #lastBook = 0;

  /** Begins with no yard known. */
  constructor(options: LaneOptions) {
    assert(isYardName(options.yard), "a yard has a name without dots");
    assert(options.directory.startsWith("/"), "yards find each other by absolute paths");
    this.#options = options;
    this.yard = options.yard;
    this.#session = toHex(options.random(SESSION_BYTES));
    this.path = yardPath(options.directory, options.lane, options.yard);
  }

  /** Takes a datagram that came from the socket at a path (empty: one without a name). */
  receive(datagram: Uint8Array, fromPath: string, now: number): void {
    this.counters.add("pages_received");
    const drop = this.#receive(datagram, fromPath, now);
    if (drop !== null) this.#drop(drop, fromPath);
  }

  /** Counts a datagram longer than a page can be, of which the socket has only a part. */
  receiveTooLong(fromPath: string, length: number): void {
    this.counters.add("pages_received");
    this.#drop(new Drop("page_size", `${length} bytes`), fromPath);
  }

  /**
   * Puts a message for a yard in its queue; it leaves with a `flush`.
   *
   * @returns a handle above 0, which comes back in one `sent` or `failed` event
   * @throws {RaetError} `bad_body`, `too_large`, `no_yard` for a name that no yard can have, `queue_full`
   */
  transmit(body: Body, yard: string, now: number, options: TransmitOptions = {}): number {
    const packing = options.packing ?? "json";
    const packed = packBody(bodyKindOf(packing), body);
    if (packed.length > BODY_BYTES_MAX) {
      throw new RaetError(
        "too_large",
        `a message of ${packed.length} packed bytes is too large: expected at most ${BODY_BYTES_MAX}`,
      );
    }
    const remote = this.#yards.get(yard) ?? this.#meet(yard);
    remote.outbox.checkRoom(yard, packed.length);
    this.#lastBook = nextSerial(this.#lastBook);
    const pages = packPages({
      source: this.yard,
      destination: yard,
      sessionId: this.#session,
      bookNumber: this.#lastBook,
      packing,
    }, packed);
    const handle = ++this.#lastHandle;
    remote.outbox.push({ handle, pages, queuedAt: now, nextPage: 0, page: null });
    if (!this.#blocked.has(remote)) this.#ready.add(remote);
    return handle;
  }

  /**
   * Sends what waits, one page of each yard in turn, until nothing may leave or a turn's worth has.
   *
   * @returns whether there is more to send at once
   */
  flush(send: SendPage, now: number): boolean {
    let pages = 0;
    for (const remote of this.#ready) {
      if (pages++ >= PAGES_PER_FLUSH_MAX) return true;
      // Whoever has more is visited again after all others: a set keeps the order of arrival.
      this.#ready.delete(remote);
      this.#sendPage(remote, send, now);
    }
    return false;
  }

  /** The socket at a path may have room again, or be gone: the next `flush` tries it. */
  writable(path: string, _now: number): void {
    const yard = yardOfPath(path, this.#options.lane);
    const remote = yard === null ? undefined : this.#yards.get(yard);
    if (remote === undefined || !this.#blocked.delete(remote)) return;
    if (remote.outbox.length > 0) this.#ready.add(remote);
  }

  /**
   * Fails what waits for a yard that has taken nothing for too long. All of it: what is left would get
   * there before what failed and is sent again.
   */
  advance(now: number): void {
    for (const remote of this.#blocked) {
      if (remote.stallEnd > now) continue;
      while (remote.outbox.length > 0) this.#failHead(remote, "queue_full", STALLED);
    }
  }

  /** When to call `advance` next; Infinity if there is nothing to wait for. */
  deadline(): number {
    let deadline = Infinity;
    for (const remote of this.#blocked) deadline = Math.min(deadline, remote.stallEnd);
    return deadline;
  }

  /** Paths that are full and have messages waiting. */
  blocked(): string[] {
    return [...this.#blocked].filter((remote) => remote.outbox.length > 0).map(({ path }) => path);
  }

  /** A yard's process was found to be gone: forgets it and fails what waits for it. */
  leave(yard: string): void {
    const remote = this.#yards.get(yard);
    if (remote !== undefined) this.#forget(remote);
  }

  /** Fails everything that still waits. */
  close(): void {
    for (const remote of this.#yards.values()) {
      while (remote.outbox.length > 0) this.#failHead(remote, "expired", "this yard closed first");
    }
  }

  /** Messages that wait, for all yards together. */
  waiting(): number {
    let waiting = 0;
    for (const remote of this.#yards.values()) waiting += remote.outbox.length;
    return waiting;
  }

  /** Takes what has happened since the last call. */
  events(): LaneEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Whether it has something of a yard, or for it. */
  knows(yard: string): boolean {
    return this.#yards.has(yard);
  }

  /** The yards known now. */
  yards(): YardView[] {
    return [...this.#yards.values()].map((remote) => remote.view(this.#blocked.has(remote)));
  }

  #receive(datagram: Uint8Array, fromPath: string, now: number): Drop | null {
    const page = parsePage(datagram);
    if (page instanceof Drop) return page;
    const yard = yardOfPath(fromPath, this.#options.lane);
    if (yard === null || yard !== page.source) {
      return new Drop("page_source", `names yard "${page.source}"`);
    }
    const from = directoryOfPath(fromPath);
    if (from !== this.#options.directory && !this.#options.isSameDirectory?.(from)) {
      return new Drop("page_source", `from "${from}"`);
    }
    if (page.destination !== this.yard) {
      return new Drop("page_destination", `for yard "${page.destination}"`);
    }
    const known = this.#yards.get(yard);
    if (known === undefined) {
      if (this.#options.accept === false) return new Drop("unknown_yard", `yard "${yard}"`);
      if (this.#yards.size >= YARDS_MAX) return new Drop("yard_limit", `yard "${yard}"`);
    }
    const remote = this.#hear(known ?? this.#meet(yard), page);
    remote.heardAt = now;
    const packed = remote.inbox.add(page, (drop) => this.#drop(drop, fromPath));
    if (packed === null || packed instanceof Drop) return packed;
    const body = unpackBody(bodyKindOf(page.packing), packed);
    if (body instanceof Drop) return body;
    remote.messagesReceived++;
    this.counters.add("messages_received");
    this.#events.push({ type: "message", yard, body, packing: page.packing });
    return null;
  }

  /** Notes the session of a yard; answers its record, which is a new one if it began anew. */
  #hear(remote: RemoteYard, page: Page): RemoteYard {
    if (remote.theirSession === page.sessionId) return remote;
    let heard = remote;
    if (remote.theirSession !== null) {
      if (remote.inbox.length > 0) {
        this.#drop(new Drop("book_stale", `${remote.inbox.length} books`), remote.path);
      }
      this.#forget(remote);
      heard = this.#meet(remote.name);
    }
    heard.theirSession = page.sessionId;
    // The last words of one that is gone are no other's first.
    if (this.#goneSessions.get(heard.name) === page.sessionId) return heard;
    this.#goneSessions.delete(heard.name);
    this.#events.push({ type: "yard", yard: heard.name, state: "came" });
    return heard;
  }

  #sendPage(remote: RemoteYard, send: SendPage, now: number): void {
    const message = remote.outbox.head;
    if (message === undefined) return;
    const page = message.page ??= message.pages.pageAt(message.nextPage);
    let result: SendResult;
    try {
      result = send(remote.path, page);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#failHead(remote, "too_large", error.message);
      if (remote.outbox.length > 0) this.#ready.add(remote);
      return;
    }
    if (result === "gone") return this.#forget(remote);
    if (result === "full") {
      remote.fullSince ??= now;
      this.#blocked.add(remote);
      return;
    }
    this.counters.add("pages_sent");
    remote.fullSince = null;
    this.#turnPage(remote, message);
    if (remote.outbox.length > 0) this.#ready.add(remote);
  }

  #turnPage(remote: RemoteYard, message: Waiting): void {
    message.page = null;
    message.nextPage++;
    if (message.nextPage < message.pages.pageCount) return;
    remote.outbox.shift();
    remote.messagesSent++;
    this.counters.add("messages_sent");
    this.#events.push({ type: "sent", handle: message.handle, yard: remote.name });
  }

  #failHead(remote: RemoteYard, code: LaneFailure, why: string): void {
    const message = remote.outbox.shift();
    assert(message !== undefined, "a message to fail");
    this.counters.add("messages_failed");
    this.#events.push({
      type: "failed",
      handle: message.handle,
      yard: remote.name,
      code,
      message: `yard "${remote.name}" did not get the message: ${why}`,
    });
  }

  #meet(yard: string): RemoteYard {
    if (!isYardName(yard)) {
      throw new RaetError(
        "no_yard",
        `"${yard}" can't be a yard: expected a name without dot, slash, space or control`,
      );
    }
    if (this.#yards.size >= YARDS_MAX) {
      throw new RaetError("queue_full", `"${yard}" would be one more yard than ${YARDS_MAX}`);
    }
    const path = yardPath(this.#options.directory, this.#options.lane, yard);
    const remote = new RemoteYard(yard, path);
    this.#yards.set(yard, remote);
    return remote;
  }

  #forget(remote: RemoteYard): void {
    this.#yards.delete(remote.name);
    this.#ready.delete(remote);
    this.#blocked.delete(remote);
    if (remote.theirSession !== null) this.#noteGone(remote.name, remote.theirSession);
    const why = remote.theirSession === null ? NEVER_HEARD : "its process is gone";
    while (remote.outbox.length > 0) this.#failHead(remote, "no_yard", why);
    // One that never said a word may have been told something, which went with it.
    if (remote.theirSession === null && remote.messagesSent === 0) return;
    this.#events.push({ type: "yard", yard: remote.name, state: "left" });
  }

  /** Past the bound the one that went first is forgotten: its pages were read long ago. */
  #noteGone(yard: string, session: string): void {
    this.#goneSessions.delete(yard);
    this.#goneSessions.set(yard, session);
    if (this.#goneSessions.size <= YARDS_MAX) return;
    const [first] = this.#goneSessions.keys();
    this.#goneSessions.delete(first);
  }

  #drop(drop: Drop, from: string): void {
    this.counters.add(drop.reason);
    if (this.#events.length >= TRACE_EVENTS_MAX) return this.counters.add("events_left_out");
    this.#events.push({ type: "dropped", reason: drop.reason, from, detail: drop.detail });
  }
}

/** 18 hex digits. */
const SESSION_BYTES = 9;
const NEVER_HEARD = "no process on its lane has that name";
const STALLED = `its queue stayed full for ${YARD_STALL_MS_MAX / 1000} s`;
