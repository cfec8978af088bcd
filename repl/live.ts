/**
 * Live lines: what happens in the manor, as lines above the one being typed. Events are gathered for
 * a moment and printed together; of a flood only the first are shown, and the rest counted.
 *
 * @module
 */
import type { WatchMode } from "../src/cli/session.ts";
import {
  formatBytes,
  formatMs,
  formatTime,
  type Line,
  paint,
  type Piece,
  type Style,
} from "../src/cli/text.ts";
import type { PresenceName, TransactionView, WatchEvent } from "../src/route/control.ts";

/** How long events are gathered. */
const GATHER_MS = 100;
/** Lines that are printed at once. */
const LINES_MAX = 10;

const PRESENCE_STYLES: Record<PresenceName, Style> = {
  joined: "green",
  allowed: "green",
  alive: "green",
  lost: "red",
  reaped: "red",
  pending: "yellow",
  refused: "red",
  rejected: "red",
};

type TransactionEvent = Extract<WatchEvent, { transaction: TransactionView }>;

/** Whether an event is shown: `on` leaves out alives that needed no second try. */
export function isShown(event: WatchEvent, mode: WatchMode): boolean {
  if (mode === "off") return false;
  if (mode === "all" || !("transaction" in event)) return true;
  const { kind, redos } = event.transaction;
  return kind !== "alive" || redos > 0;
}

/** An event as a line. */
export function eventLine(event: WatchEvent): Line {
  const time = paint("dim", formatTime(event.at));
  if (event.event === "left_out") {
    return [time, " ", paint("dim", `${event.count} more events are left out`)];
  }
  switch (event.topic) {
    case "presence": {
      const { event: name, estate, message } = event;
      const what = paint(PRESENCE_STYLES[name] ?? "bold", name);
      return [time, " ", paint("bold", estate), " ", what, message ? `: ${message}` : ""];
    }
    case "transactions":
      return [time, ` ${transactionName(event.transaction)} `, ...phase(event)];
    case "messages": {
      const { event: name, from, to, type } = event;
      const kind = type === null ? "" : ` (${type})`;
      return [time, " ", paint("cyan", name), ` ${from} to ${to}${kind}`];
    }
    case "drops":
      return [
        time,
        " ",
        paint("yellow", `dropped ${event.reason}`),
        ` ${event.from} ${event.detail}`,
      ];
  }
}

/** Gathers events and prints them a few times a second. */
export class LiveLines {
  readonly #print: (events: readonly WatchEvent[], leftOut: number) => void;
  #waiting: WatchEvent[] = [];
  #leftOut = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param print gets the events of a moment, and how many more there were */
  constructor(print: (events: readonly WatchEvent[], leftOut: number) => void) {
    this.#print = print;
  }

  /** Takes an event. */
  add(event: WatchEvent): void {
    if (this.#waiting.length < LINES_MAX) this.#waiting.push(event);
    else this.#leftOut += event.event === "left_out" ? event.count : 1;
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Prints what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const [events, leftOut] = [this.#waiting, this.#leftOut];
    this.#waiting = [];
    this.#leftOut = 0;
    this.#print(events, leftOut);
  }
}

function transactionName({ id, kind, ours, estate }: TransactionView): string {
  return `#${id} ${kind} ${ours ? "to" : "from"} ${estate}`;
}

function phase({ event, transaction }: TransactionEvent): Piece[] {
  const { outcome, packets, bytes, redos, ms } = transaction;
  if (event === "began") return [paint("cyan", "began")];
  if (event === "redo") return [paint("yellow", `redo ${redos}`), `, ${formatMs(ms)} old`];
  const again = redos > 0 ? `, ${redos} redos` : "";
  const sum = `${packets} packets, ${formatBytes(bytes)}, ${formatMs(ms)}${again}`;
  return [paint("green", "ended"), ` ${outcome} (${sum})`];
}
