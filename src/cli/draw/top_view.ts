/**
 * What `top` shows: the estates as a table that fits the terminal, with rates and a sparkline each.
 * Pure: out of what the manor said and when come lines.
 *
 * @module
 */
import { DROP_MEANINGS } from "../../base/drop_meanings.ts";
import type { AttachView, EstateView, StatsView } from "../../route/control.ts";
import { formatBytes, formatMs, formatTime, type Line, paint, type Piece } from "../text.ts";
import { fitText } from "./cut.ts";
import { Rates } from "./rates.ts";
import { sparkline } from "./sparkline.ts";

/** An estate and how much goes to and from it. */
export interface EstateRates {
  readonly estate: EstateView;
  /** messages in a second, both ways */
  readonly messages: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly resent: number;
  /** messages of each of the last seconds, the newest last */
  readonly history: readonly number[];
}

/** By what the estates can be ordered. */
export const TOP_ORDERS = ["messages", "bytes", "queued", "rtt", "resent", "name"] as const;
/** A column to order by. */
export type TopOrder = typeof TOP_ORDERS[number];

/** How it is shown. */
export interface TopLook {
  readonly columns: number;
  readonly rows: number;
  readonly order: TopOrder;
  /** estates that are scrolled over */
  readonly skip: number;
  readonly frozen: boolean;
  readonly ascii: boolean;
  /** something to say in place of the keys; empty for nothing */
  readonly notice: string;
}

/** What the manor said last, and what follows from what it said before. */
export class TopModel {
  #rates = new Map<string, Rates>();
  #all = new Rates();
  #estates: readonly EstateView[] = [];
  #stats: StatsView | null = null;

  /** Takes what the manor said. @param now milliseconds on a clock that never goes back */
  add(now: number, estates: readonly EstateView[], stats: StatsView): void {
    this.#estates = estates;
    this.#stats = stats;
    const next = new Map<string, Rates>();
    const sum = [0, 0, 0, 0];
    for (const estate of estates) {
      const counters = countersOf(estate);
      counters.forEach((value, i) => sum[i] += value);
      const rates = this.#rates.get(keyOf(estate)) ?? new Rates();
      rates.add(now, counters);
      next.set(keyOf(estate), rates);
    }
    this.#rates = next;
    this.#all.add(now, [...sum, droppedOf(stats)]);
  }

  /** How many estates there are. */
  get size(): number {
    return this.#estates.length;
  }

  /** The counters of the manor; null before it said any. */
  get stats(): StatsView | null {
    return this.#stats;
  }

  /** All estates together: messages, bytes sent and received, packets sent again, drops a second. */
  get total(): { perSecond: number[]; history: readonly number[] } {
    return { perSecond: this.#all.perSecond, history: this.#all.history };
  }

  /** The estates in an order. */
  rows(order: TopOrder): EstateRates[] {
    const rows = this.#estates.map((estate) => {
      const rates = this.#rates.get(keyOf(estate))!;
      const [messages = 0, bytesSent = 0, bytesReceived = 0, resent = 0] = rates.perSecond;
      return { estate, messages, bytesSent, bytesReceived, resent, history: rates.history };
    });
    const weight = WEIGHTS[order];
    return rows.sort((a, b) =>
      weight(b) - weight(a) || (keyOf(a.estate) < keyOf(b.estate) ? -1 : 1)
    );
  }
}

const WEIGHTS: Record<TopOrder, (row: EstateRates) => number> = {
  messages: ({ messages }) => Math.round(messages),
  bytes: ({ bytesSent, bytesReceived }) => Math.round(bytesSent + bytesReceived),
  queued: ({ estate }) => estate.queued,
  rtt: ({ estate }) => estate.roundTripMs ?? -1,
  resent: ({ estate }) => estate.packetsResent,
  name: () => 0,
};

/** The whole screen. @param at Unix time, milliseconds */
export function drawTop(model: TopModel, manor: AttachView, at: number, look: TopLook): Line[] {
  const layout = layoutFor(look.columns);
  const rows = model.rows(look.order);
  const room = topRows(look.rows);
  const skip = Math.max(0, Math.min(look.skip, rows.length - room));
  const shown = rows.slice(skip, skip + room);
  const lines: Line[] = [
    ...headLines(model, manor, at, look, layout),
    "",
    titleLine(layout, look.order),
    ...shown.map((row) => rowLine(row, layout, look)),
  ];
  if (rows.length === 0) lines.push(paint("dim", "no other estate is known yet"));
  while (lines.length < look.rows - 1) lines.push("");
  return [...lines.slice(0, look.rows - 1), footLine(look, rows.length, skip, shown.length)];
}

const HEAD_ROWS = 5;

/** How many estates a terminal of that many rows shows. */
export function topRows(rows: number): number {
  return Math.max(1, rows - HEAD_ROWS - 1);
}

function headLines(
  model: TopModel,
  manor: AttachView,
  at: number,
  look: TopLook,
  layout: Layout,
): Line[] {
  const { perSecond, history } = model.total;
  const [messages = 0, sent = 0, received = 0, resent = 0, dropped = 0] = perSecond;
  const clock = formatTime(at).slice(0, 8);
  const upMs = model.stats?.upMs ?? 0;
  const left = `raet top  ${manor.estate} at ${manor.address}, up ${formatMs(upMs)}`;
  const number = (text: string, width: number, isQuiet: boolean) =>
    paint(isQuiet ? "dim" : "bold", fitText(text, width, "right"));
  const rate = (value: number, width: number) => number(formatRate(value), width, value < 0.05);
  const bytes = (value: number, width: number) =>
    number(formatBytes(Math.round(value)), width, value < 0.5);
  return [
    [
      paint("bold", "raet top"),
      fitText(left, Math.max(0, look.columns - clock.length - 1)).slice("raet top".length),
      ` ${clock}`,
    ],
    [
      rate(messages, 7),
      paint("dim", " messages/s "),
      bytes(sent, 9),
      paint("dim", "/s out "),
      bytes(received, 9),
      paint("dim", "/s in"),
    ],
    [
      rate(resent, 7),
      paint("dim", " resent/s   "),
      rate(dropped, 9),
      paint("dim", " dropped/s  "),
      paint("cyan", sparkline(history, layout.total, highest(history), look.ascii)),
    ],
  ];
}

type CellName =
  | "name"
  | "state"
  | "rtt"
  | "messages"
  | "out"
  | "in"
  | "history"
  | "resent"
  | "queued";

interface Layout {
  readonly cells: readonly { name: CellName; title: string; width: number; right: boolean }[];
  /** columns of the sparkline over all estates */
  readonly total: number;
}

/** Narrow terminals do without bytes one way; wide ones give the room to names and sparklines. */
function layoutFor(columns: number): Layout {
  const fixed = 8 + 8 + 7 + 8 + 8 + 7 + 6;
  const gaps = 8;
  const left = Math.max(18, columns - fixed - gaps);
  const name = Math.max(8, Math.min(24, Math.floor(left * 0.45)));
  const history = Math.max(6, Math.min(60, left - name));
  const cell = (name: CellName, title: string, width: number, right = true) => (
    { name, title, width, right }
  );
  return {
    cells: [
      cell("name", "ESTATE", name, false),
      cell("state", "STATE", 8, false),
      cell("rtt", "RTT", 7),
      cell("messages", "MSG/S", 8),
      cell("history", "RECENT", history),
      cell("out", "OUT/S", 8),
      cell("in", "IN/S", 8),
      cell("resent", "RESENT", 7),
      cell("queued", "QUEUED", 6),
    ],
    total: Math.max(6, Math.min(60, columns - 41)),
  };
}

const TITLE_OF: Record<TopOrder, readonly CellName[]> = {
  messages: ["messages"],
  bytes: ["out", "in"],
  queued: ["queued"],
  rtt: ["rtt"],
  resent: ["resent"],
  name: ["name"],
};

function titleLine({ cells }: Layout, order: TopOrder): Line {
  return cells.flatMap(({ name, title, width, right }, i): Piece[] => {
    const text = fitText(title, width, right ? "right" : "left");
    const isOrder = TITLE_OF[order].includes(name);
    return [i === 0 ? "" : " ", paint(isOrder ? "bold" : "dim", text)];
  });
}

function rowLine(row: EstateRates, { cells }: Layout, look: TopLook): Line {
  return cells.flatMap(({ name, width, right }, i): Piece[] => {
    const cell = cellOf(name, row, width, look);
    const text = fitText(textOf(cell), width, right ? "right" : "left");
    return [i === 0 ? "" : " ", typeof cell === "string" ? text : { ...cell, text }];
  });
}

function cellOf(name: CellName, row: EstateRates, width: number, look: TopLook): Piece {
  const { estate, messages, bytesSent, bytesReceived, resent, history } = row;
  switch (name) {
    case "name":
      return estate.name || estate.address;
    case "state":
      return stateOf(estate);
    case "rtt":
      return estate.roundTripMs === null ? quiet("-") : formatMs(estate.roundTripMs);
    case "messages":
      return messages < 0.05 ? quiet("0") : formatRate(messages);
    case "history":
      return paint("cyan", sparkline(history, width, highest(history), look.ascii));
    case "out":
      return bytesSent < 0.5 ? quiet("0 B") : formatBytes(Math.round(bytesSent));
    case "in":
      return bytesReceived < 0.5 ? quiet("0 B") : formatBytes(Math.round(bytesReceived));
    case "resent": {
      const text = String(estate.packetsResent ?? 0);
      return resent >= 0.05 ? paint("yellow", text) : estate.packetsResent > 0 ? text : quiet(text);
    }
    case "queued":
      return estate.queued > 0 ? paint("yellow", String(estate.queued)) : quiet("0");
  }
}

function stateOf({ state, alive }: EstateView): Piece {
  if (state === "rejected") return paint("red", "rejected");
  if (state !== "allowed") return paint("yellow", state);
  return alive ? paint("green", "alive") : paint("red", "silent");
}

function footLine(look: TopLook, count: number, skip: number, shown: number): Line {
  if (look.notice !== "") return paint("red", look.notice);
  const where = shown < count ? `  ${skip + 1} to ${skip + shown} of ${count}` : "";
  const frozen = look.frozen ? [paint("yellow", "frozen"), "  "] : [];
  return [
    ...frozen,
    paint("dim", `q quits  s sorts (${look.order})  space freezes  arrows scroll${where}`),
  ];
}

function countersOf(estate: EstateView): number[] {
  const { messagesSent = 0, messagesReceived = 0, bytesSent = 0, bytesReceived = 0 } = estate;
  return [messagesSent + messagesReceived, bytesSent, bytesReceived, estate.packetsResent ?? 0];
}

function droppedOf({ road, lane, router }: StatsView): number {
  let sum = 0;
  for (const counters of [road, lane, router]) {
    for (const [name, count] of Object.entries(counters)) {
      if (Object.hasOwn(DROP_MEANINGS, name)) sum += count;
    }
  }
  return sum;
}

function keyOf({ name, address }: EstateView): string {
  return name || address;
}

function highest(values: readonly number[]): number {
  return Math.max(1, ...values);
}

function quiet(text: string): Piece {
  return paint("dim", text);
}

function textOf(piece: Piece): string {
  return typeof piece === "string" ? piece : piece.text;
}

/** A number a second: one digit behind the point while it is small. */
export function formatRate(value: number): string {
  return value < 9.95 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}
