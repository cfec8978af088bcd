/**
 * Yards inside the manor's own process: what a socket does for others, a queue does for them.
 *
 * @module
 */
import type { Body } from "../base/value.ts";
import type { Link } from "../io/link.ts";
import { MANOR_YARD } from "../route/triple.ts";

/** What the pipes tell the manor; handles are its own. */
export interface PipesOwner {
  fromPipe(yard: string, body: Body): void;
  pipeSent(handle: number): void;
  pipeLeft(yard: string): void;
}

/** The yards of this process. Messages pass in the next microtask, so nothing is re-entered. */
export class Pipes {
  readonly #owner: PipesOwner;
  readonly #links = new Map<string, Link>();
  // Below zero, so that they never meet the handles of the lane's socket.
  #lastHandle = 0;
  #queue: (() => void)[] = [];
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

  /** Makes a yard in this process. */
  open(yard: string): Link {
    const link: Link = {
      yard,
      onEvent: () => {},
      transmit: (body, to) => this.#fromYard(link, body, to),
      close: () => {
        this.#links.delete(yard);
        this.#owner.pipeLeft(yard);
        return Promise.resolve();
      },
    };
    this.#links.set(yard, link);
    return link;
  }

  /** Gives a message to a yard of this process. */
  transmit(body: Body, yard: string): number {
    const handle = --this.#lastHandle;
    this.#later(() => {
      const link = this.#links.get(yard);
      this.#owner.pipeSent(handle);
      link?.onEvent({ type: "message", yard: MANOR_YARD, body });
    });
    return handle;
  }

  #fromYard(link: Link, body: Body, to: string): number {
    const handle = --this.#lastHandle;
    this.#later(() => {
      if (to !== MANOR_YARD) {
        const message = `a yard in the manor's process sends to its manor, not to "${to}"`;
        return link.onEvent({ type: "failed", handle, code: "no_yard", message });
      }
      link.onEvent({ type: "sent", handle });
      this.#owner.fromPipe(link.yard, body);
    });
    return handle;
  }

  #later(work: () => void): void {
    this.#queue.push(work);
    if (this.#queue.length === 1) queueMicrotask(() => this.#run());
  }

  #run(): void {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      for (const work of batch) work();
    }
    this.#idle();
  }
}
