/**
 * The life of a transaction as a sequence diagram: two lifelines, an arrow for each packet with what
 * it was, its time, its size and the round trip that it ended.
 *
 * @module
 */
import { PACKETS_NOTED_FIRST } from "../../base/limits.ts";
import type { PacketView, TransactionDetail } from "../../route/control.ts";
import { type Line, paint, type Piece, type Style, textWidth } from "../text.ts";
import { formatBytes, formatMs, formatTime } from "../text.ts";
import { cutText } from "./cut.ts";
import { paintEnd, plural, transactionName } from "./event.ts";

/** How to draw. */
export interface SequenceOptions {
  /** the estate whose manor tells this */
  readonly near: string;
  /** of the terminal */
  readonly columns: number;
  /** a row for each packet, also where many are alike */
  readonly all: boolean;
  /** lines and arrows of letters only */
  readonly ascii: boolean;
}

const TIME_COLUMNS = 9;
const SIZE_COLUMNS = 8;
const TRIP_COLUMNS = 8;
const INNER_COLUMNS_MAX = 60;
const INNER_COLUMNS_MIN = 24;
/** Silence that gets a row of its own. */
const SILENCE_MS = 50;
/** Packets alike that are drawn as one row. */
const RUN_LENGTH = 5;

interface Signs {
  readonly line: string;
  readonly dashes: string;
  readonly life: string;
  readonly right: readonly [from: string, to: string];
  readonly left: readonly [to: string, from: string];
  readonly gap: string;
  readonly dot: string;
}

const LINES: Signs = {
  line: "─",
  dashes: "╌",
  life: "│",
  right: ["├", "▶│"],
  left: ["│◀", "┤"],
  gap: "┆",
  dot: " · ",
};
const LETTERS: Signs = {
  line: "-",
  dashes: ".",
  life: "|",
  right: ["|", ">|"],
  left: ["|<", "|"],
  gap: ":",
  dot: ", ",
};

/** Whether lines and arrows can't be drawn, by what the environment says of the terminal. */
export function isAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return env.TERM === "dumb" || locale !== "" && !/utf-?8/i.test(locale);
}

/** The transaction, as lines. */
export function drawSequence(detail: TransactionDetail, options: SequenceOptions): Line[] {
  const room = options.columns - TIME_COLUMNS - SIZE_COLUMNS - TRIP_COLUMNS - 9;
  const inner = Math.max(INNER_COLUMNS_MIN, Math.min(INNER_COLUMNS_MAX, room));
  const draw = new Drawing(inner, options.ascii ? LETTERS : LINES);
  return [
    ...headLines(detail),
    "",
    draw.title(options.near, detail.estate),
    ...bodyLines(detail, draw, options.all),
    endLine(detail),
  ];
}

function headLines(detail: TransactionDetail): Line[] {
  const { ours, address, beganAt, sessionId, transactionId, messageId } = detail;
  const lines: Line[] = [[
    paint("bold", transactionName(detail)),
    ` at ${address}, begun by ${ours ? "us" : "them"} at ${formatTime(beganAt)}`,
  ]];
  const ids = [`session ${sessionId}`, `transaction ${transactionId}`];
  if (messageId) ids.push(`message ${messageId}`);
  lines.push(paint("dim", ids.join(", ")));
  return lines;
}

function endLine(detail: TransactionDetail): Line {
  const { state, ms, packets, bytes, redos } = detail;
  const sum = [plural(packets, "packet"), formatBytes(bytes)];
  if (redos > 0) sum.push(plural(redos, "redo"));
  const time = paint("dim", `${formatMs(ms).padStart(TIME_COLUMNS)}  `);
  const end: Piece = state === "open" ? paint("yellow", "still open") : paintEnd(detail);
  return [time, state === "open" ? "" : "ended: ", end, paint("dim", `  (${sum.join(", ")})`)];
}

function bodyLines(detail: TransactionDetail, draw: Drawing, all: boolean): Line[] {
  const { leftOut } = detail;
  const packetList = markRepeats(detail.packetList);
  const lines: Line[] = [];
  const gapAt = Math.min(PACKETS_NOTED_FIRST, packetList.length);
  let at = 0;
  while (at < packetList.length) {
    if (at === gapAt && leftOut > 0) lines.push(draw.note(`${plural(leftOut, "packet")} not kept`));
    const before = packetList[at - 1];
    const silence = before ? packetList[at].ms - before.ms : 0;
    if (silence >= SILENCE_MS) lines.push(draw.note(`${formatMs(silence)} of silence`));
    const end = all ? at + 1 : endOfRun(packetList, at, leftOut > 0 ? gapAt : Infinity);
    if (end - at < RUN_LENGTH) {
      lines.push(draw.packet(packetList[at], roundTrip(packetList, at)));
      at++;
      continue;
    }
    const run = packetList.slice(at, end);
    lines.push(draw.packet(run[0], roundTrip(packetList, at)));
    lines.push(draw.run(run.slice(1, -1)));
    lines.push(draw.packet(run.at(-1)!, null));
    at = end;
  }
  if (leftOut > 0 && gapAt >= packetList.length) {
    lines.push(draw.note(`${plural(leftOut, "packet")} not kept`));
  }
  return lines;
}

/** Packets that carry something; the others may come several times and mean something else each time. */
const CARRIERS = ["message", "request", "response", "hello", "cookie", "initiate"];

/** The packets, with `again` for those that went before: not every redo says so itself. */
function markRepeats(packets: readonly PacketView[]): PacketView[] {
  const seen = new Set<string>();
  return packets.map((packet) => {
    const { out, kind, segment, flags } = packet;
    const key = `${out} ${kind} ${segment}`;
    const isRepeat = CARRIERS.includes(kind) && seen.has(key) && !flags.includes("again");
    seen.add(key);
    return isRepeat ? { ...packet, flags: ["again", ...flags] } : packet;
  });
}

/** Where those end that are like the one that begins there, with no silence between. */
function endOfRun(packets: readonly PacketView[], start: number, limit: number): number {
  const [first] = packets.slice(start);
  const bound = start < limit ? Math.min(limit, packets.length) : packets.length;
  let end = start + 1;
  while (end < bound && isAlike(packets[end], first)) {
    if (packets[end].ms - packets[end - 1].ms >= SILENCE_MS) break;
    end++;
  }
  return end;
}

function isAlike(a: PacketView, b: PacketView): boolean {
  return a.out === b.out && a.kind === b.kind && a.flags.includes("again") === b.flags.includes(
        "again",
      );
}

/** How long after what we sent last this came in; null for what answers nothing of ours. */
function roundTrip(packets: readonly PacketView[], at: number): number | null {
  const before = packets[at - 1];
  if (packets[at].out || !before?.out) return null;
  return packets[at].ms - before.ms;
}

/** Draws rows of one width. */
class Drawing {
  readonly #inner: number;
  readonly #signs: Signs;

  constructor(inner: number, signs: Signs) {
    this.#inner = inner;
    this.#signs = signs;
  }

  title(near: string, far: string): Line {
    const half = Math.floor(this.#inner / 2);
    const [left, right] = [cutText(near, half), cutText(far || "?", half)];
    const room = this.#inner + 2 - textWidth(left) - textWidth(right);
    return [
      paint("dim", `${"TIME".padStart(TIME_COLUMNS)}  `),
      paint("bold", left),
      " ".repeat(room),
      paint("bold", right),
      paint("dim", `  ${"SIZE".padStart(SIZE_COLUMNS)}  ${"TRIP".padStart(TRIP_COLUMNS)}`),
    ];
  }

  packet(packet: PacketView, roundTripMs: number | null): Line {
    const trip = roundTripMs === null ? "" : formatMs(roundTripMs).padStart(TRIP_COLUMNS);
    return [
      ...this.#time(packet.ms),
      ...this.#arrow(packet, labelOf(packet, this.#signs.dot)),
      `  ${formatBytes(packet.bytes).padStart(SIZE_COLUMNS)}`,
      trip === "" ? "" : `  ${trip}`,
    ];
  }

  /** Packets alike, as one row. */
  run(packets: readonly PacketView[]): Line {
    const [first, last] = [packets[0], packets.at(-1)!];
    const bytes = packets.reduce((sum, packet) => sum + packet.bytes, 0);
    const text = first.segments > 1 && last.segment - first.segment + 1 === packets.length
      ? `${first.kind} ${first.segment + 1} to ${last.segment + 1}`
      : `${packets.length} more`;
    const words = first.flags.includes("again") ? `${text}${this.#signs.dot}again` : text;
    return [
      ...this.#time(last.ms),
      ...this.#arrow(first, { text: words, style: "dim" }),
      `  ${formatBytes(bytes).padStart(SIZE_COLUMNS)}`,
    ];
  }

  /** A row between packets, for what is not one. */
  note(text: string): Line {
    const { gap } = this.#signs;
    const shown = cutText(text, this.#inner - 2);
    const left = Math.floor((this.#inner - textWidth(shown)) / 2);
    const right = this.#inner - left - textWidth(shown);
    const row = `${gap}${" ".repeat(left)}${shown}${" ".repeat(right)}${gap}`;
    return paint("dim", `${" ".repeat(TIME_COLUMNS + 2)}${row}`);
  }

  #time(ms: number): Piece[] {
    return [paint("dim", `${formatMs(ms).padStart(TIME_COLUMNS)}  `)];
  }

  #arrow({ out, flags }: PacketView, label: { text: string; style: Style | null }): Piece[] {
    const { right, left, line, dashes } = this.#signs;
    const stroke = flags.includes("again") ? dashes : line;
    const room = this.#inner - 1;
    const shown = ` ${cutText(label.text, room - 6)} `;
    const middle: Piece = label.style ? paint(label.style, shown) : shown;
    const long = stroke.repeat(room - 2 - textWidth(shown));
    return out
      ? [`${right[0]}${stroke.repeat(2)}`, middle, `${long}${right[1]}`]
      : [`${left[0]}${long}`, middle, `${stroke.repeat(2)}${left[1]}`];
  }
}

const STYLES: Record<string, Style> = {
  nack: "red",
  resend: "yellow",
  unjoined: "red",
  unallowed: "red",
  refuse: "red",
  reject: "red",
  renew: "yellow",
  pend: "yellow",
  ack: "green",
  done: "green",
};

/** What a packet is: its kind, which segment, and flags that tell something. */
function labelOf(packet: PacketView, dot: string): { text: string; style: Style | null } {
  const { kind, flags, segment, segments } = packet;
  const number = segments > 1 ? ` ${segment + 1}/${segments}` : "";
  const marks = flags.filter((flag) => flag !== "segmented" && flag !== "correspondent");
  const text = `${kind}${number}${marks.length > 0 ? `${dot}${marks.join(" ")}` : ""}`;
  return { text, style: flags.includes("again") ? "yellow" : STYLES[kind] ?? "cyan" };
}
