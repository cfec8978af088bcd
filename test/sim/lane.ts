/**
 * The Unix datagram sockets of one host: queues of eleven pages, as the kernel has them, that outlive
 * whoever wrote to them and end with whoever reads them.
 *
 * @module
 */
import type { SendResult } from "../../src/lane/port.ts";
import type { LaneHost, LaneSocket } from "../../src/io/lane_host.ts";
import type { UnixDatagramHandler } from "../../src/io/unix_datagram.ts";
import { assert } from "../../src/base/errors.ts";
import { guard } from "../../src/base/guard.ts";
import { DATAGRAMS_PER_TURN_MAX } from "../../src/base/limits.ts";
import type { SimProcess } from "./process.ts";

/** net.unix.max_dgram_qlen and one. */
const PAGES_WAITING_MAX = 11;

interface Bound {
  readonly process: SimProcess;
  readonly identity: string;
  /** in the time of the world */
  readonly bornAt: number;
  readonly handler: UnixDatagramHandler;
  readonly queue: { page: Uint8Array; from: string }[];
  readonly watchers: Set<() => void>;
  woken: boolean;
}

/** The sockets of a host. */
export class SimLane {
  readonly #bound = new Map<string, Bound>();
  #lastIdentity = 0;
  /** What becomes of a page on its way, for planting a fault. */
  spoil: (page: Uint8Array) => Uint8Array[] = (page) => [page];

  /** The host's sockets as one of its processes uses them. */
  hostFor(process: SimProcess): LaneHost {
    return {
      open: (path, handler) => Promise.resolve(this.#open(process, path, handler)),
      bornAt: (path) => {
        const bound = this.#find(path);
        // Processes of a host have dates of their own here, which no kernel has.
        return bound ? process.date() - (process.worldNow - bound.bornAt) : null;
      },
      identity: (path) => this.#find(path)?.identity ?? null,
      paths: () => [...this.#bound.keys()],
      sameDirectoryAs: () => () => false,
    };
  }

  /** Whether somebody reads there. */
  isLive(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** Most pages that wait anywhere. */
  get waitingMax(): number {
    return Math.max(0, ...[...this.#bound.values()].map(({ queue }) => queue.length));
  }

  /** A process was killed: who waits for room in its sockets learns that nobody is there. */
  killed(process: SimProcess): void {
    for (const [path, bound] of this.#bound) {
      if (bound.process === process) this.#close(path, bound);
    }
  }

  #find(path: string): Bound | undefined {
    const bound = this.#bound.get(path);
    return bound?.process.alive ? bound : undefined;
  }

  #open(process: SimProcess, path: string, handler: UnixDatagramHandler): LaneSocket {
    assert(!this.isLive(path), "a path is one process's");
    const bound: Bound = {
      process,
      identity: String(++this.#lastIdentity),
      bornAt: process.worldNow,
      handler,
      queue: [],
      watchers: new Set(),
      woken: false,
    };
    this.#bound.set(path, bound);
    return {
      send: (to, page) => process.acts() ? this.#send(path, to, page) : "sent",
      watch: (to) => this.#watch(process, to, handler),
      leave: () => Promise.resolve(this.#leave(path, bound)),
      close: () => Promise.resolve(this.#close(path, bound)),
    };
  }

  #send(from: string, to: string, page: Uint8Array): SendResult {
    const bound = this.#find(to);
    if (!bound) return "gone";
    if (bound.queue.length >= PAGES_WAITING_MAX) return "full";
    for (const one of this.spoil(page.slice())) bound.queue.push({ page: one, from });
    this.#wake(to, bound);
    return "sent";
  }

  #watch(process: SimProcess, path: string, handler: UnixDatagramHandler): void {
    const tell = () => void process.later(0.02, "room", () => handler.onWritable(path));
    const bound = this.#find(path);
    if (bound) bound.watchers.add(tell);
    else tell();
  }

  #wake(path: string, bound: Bound): void {
    if (bound.woken) return;
    bound.woken = true;
    bound.process.later(0.02, "pages", () => {
      bound.woken = false;
      if (this.#bound.get(path) !== bound) return;
      this.#handOver(bound);
      this.#tellWatchers(bound);
    });
  }

  #handOver(bound: Bound): void {
    for (const { page, from } of bound.queue.splice(0, DATAGRAMS_PER_TURN_MAX)) {
      guard(() => bound.handler.onDatagram(page, from), bound.handler.onError);
    }
    guard(() => bound.handler.onBatch?.(), bound.handler.onError);
  }

  #leave(path: string, bound: Bound): void {
    if (!bound.process.alive) return;
    this.#close(path, bound);
    this.#handOver(bound);
  }

  #tellWatchers(bound: Bound): void {
    const watchers = [...bound.watchers];
    bound.watchers.clear();
    for (const tell of watchers) tell();
  }

  #close(path: string, bound: Bound): void {
    if (this.#bound.get(path) === bound) this.#bound.delete(path);
    this.#tellWatchers(bound);
  }
}
