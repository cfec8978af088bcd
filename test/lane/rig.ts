/**
 * Lane stacks that pass pages to each other in memory, with queues as small as the kernel's.
 *
 * @module
 */
import type { LaneEvent } from "../../src/lane/events.ts";
import type { SendResult } from "../../src/lane/port.ts";
import { LaneStack } from "../../src/lane/stack.ts";

/** Datagrams that a receiver's queue holds, as on Linux by default. */
export const QUEUE = 11;

export class Rig {
  now = 0;
  readonly stacks = new Map<string, LaneStack>();
  /** Pages in the queue of each path. */
  readonly queues = new Map<string, { page: Uint8Array; from: string }[]>();

  add(yard: string, session = 1): LaneStack {
    let seed = session;
    const stack = new LaneStack({
      lane: "cherry",
      yard,
      directory: "/lane",
      random: (length) => new Uint8Array(length).fill(seed++),
    });
    this.stacks.set(yard, stack);
    this.queues.set(stack.path, []);
    return stack;
  }

  /** Lets a stack send what it may; paths that have room again are told to it first. */
  flush(stack: LaneStack): void {
    for (const path of stack.blocked()) {
      const queue = this.queues.get(path);
      if (queue === undefined || queue.length < QUEUE) stack.writable(path, this.now);
    }
    while (stack.flush((path, page) => this.send(stack.path, path, page), this.now));
  }

  send(from: string, path: string, page: Uint8Array): SendResult {
    const queue = this.queues.get(path);
    if (queue === undefined) return "gone";
    if (queue.length >= QUEUE) return "full";
    queue.push({ page: page.slice(), from });
    return "sent";
  }

  /** Hands a stack what is in its queue, and returns what it tells. */
  read(stack: LaneStack): LaneEvent[] {
    for (const { page, from } of this.queues.get(stack.path)!.splice(0)) {
      stack.receive(page, from, this.now);
    }
    return stack.events();
  }
}

export function ofType<T extends LaneEvent["type"]>(
  events: LaneEvent[],
  type: T,
): Extract<LaneEvent, { type: T }>[] {
  return events.filter((event): event is Extract<LaneEvent, { type: T }> => event.type === type);
}
