/**
 * What happens in a manor, for its operators: the last transactions are remembered, and all is told to
 * the processes that watch. Nothing is made of an event that nobody wants.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { type Body, isBody } from "../base/value.ts";
import type { Clock } from "../io/clock.ts";
import type { TransactionEvent } from "../road/events.ts";
import type { RoadStack } from "../road/stack.ts";
import type { PresenceName, TransactionDetail, TransactionView } from "../route/control.ts";
import { type Envelope, isMessageId, isReceiptHead } from "../route/envelope.ts";
import type { Router } from "../route/router.ts";
import { formatTriple, INBOX, MANOR_YARD, type Triple } from "../route/triple.ts";
import { History } from "./history.ts";
import { WallTime } from "./wall_time.ts";
import type { Watchers } from "./watchers.ts";

/** The journal of one manor. */
export class Journal {
  readonly #estate: string;
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  readonly #history: History;

  /** @param estate our own name */
  constructor(
    estate: string,
    clock: Clock,
    watchers: Watchers,
    road: RoadStack,
    router: Router,
  ) {
    this.#estate = estate;
    this.#clock = clock;
    this.#watchers = watchers;
    const time = new WallTime(clock);
    this.#history = new History({
      wallTime: (now) => time.at(now),
      now: () => clock.now(),
      open: () => road.transactions(clock.now()),
      carriedBy: (handle) => router.carriedBy(handle),
    });
  }

  /** The last transactions, the oldest first. */
  transactions(): TransactionView[] {
    return this.#history.rows();
  }

  /** One of them, packet by packet. @throws {RaetError} usage if it is not remembered */
  transaction(id: number): TransactionDetail {
    const detail = this.#history.detail(id);
    if (detail) return detail;
    throw new RaetError(
      "usage",
      `no transaction ${id} is remembered: expected one that raet tx shows`,
    );
  }

  /** Those after an id, the oldest first: at most so many, or as many bytes of heads. */
  trace(after: number, limit: number): TransactionDetail[] {
    return this.#history.details(after, limit);
  }

  /** A message came in from the road; all that is looked at is its id, and whether it is a receipt. */
  noteArrival(transaction: number, { raet }: Body): void {
    if (!isBody(raet)) return;
    const messageId = isMessageId(raet.id) ? raet.id : ""; // anything else could be long
    this.#history.noteMessage(transaction, { messageId, isReceipt: isReceiptHead(raet) });
  }

  /** A message was taken on from a process of this host, or given to one. */
  noteMessage(event: "sent" | "received", id: string, envelope: Envelope): void {
    if (!this.#watchers.wants("messages")) return;
    const { source, destination, type } = envelope;
    const [from, to] = [this.#route(source), this.#route(destination)];
    this.#watchers.publish({
      topic: "messages",
      at: this.#clock.date(),
      event,
      id,
      from,
      to,
      type,
    });
  }

  /** The kind of a transaction, as its operators see it, at a step that is just told. */
  kindOf(step: TransactionEvent): string {
    return this.#history.kindOf(step);
  }

  /** A transaction began, was redone or ended. */
  noteTransaction(step: TransactionEvent): void {
    this.#history.note(step);
    if (!this.#watchers.wants("transactions")) return;
    const at = this.#clock.date();
    const transaction = this.#history.view(step);
    this.#watchers.publish({ topic: "transactions", at, event: step.phase, transaction });
  }

  /** A datagram was thrown away. @param from its address or socket path */
  noteDrop(reason: string, from: string, detail: string): void {
    if (!this.#watchers.wants("drops")) return;
    const at = this.#clock.date();
    this.#watchers.publish({ topic: "drops", at, event: "dropped", reason, from, detail });
  }

  /** An estate came, went, or waits for something. */
  notePresence(event: PresenceName, estate: string, message: string): void {
    if (!this.#watchers.wants("presence")) return;
    const at = this.#clock.date();
    this.#watchers.publish({ topic: "presence", at, event, estate, message });
  }

  /** A route with what its empty parts stand for. */
  #route({ estate, yard, share }: Triple): string {
    return formatTriple({
      estate: estate || this.#estate,
      yard: yard || MANOR_YARD,
      share: share || INBOX,
    });
  }
}
