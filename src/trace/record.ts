/**
 * The file of a trace as JSON lines: one line that says whose it is, then one for each transaction
 * with the heads of its packets. Bodies and keys are never in it.
 *
 * A head stands as text, which heads are: `ri RAET\npl 00a1\n…`, or JSON where the peer writes that.
 *
 * @module
 */
import { parseAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { isBody, type Value } from "../base/value.ts";
import type { AttachView, PacketView, TransactionDetail } from "../route/control.ts";

/** Version of the shape below. */
export const TRACE_VERSION = 1;

/** The first line: whose trace it is. */
export interface TraceHeader {
  /** version of the shape */
  readonly trace: number;
  /** name of the estate that wrote it */
  readonly estate: string;
  /** where its road's socket is, `host:port` */
  readonly address: string;
  /** random text of that run of its manor: transactions are numbered anew in each */
  readonly epoch: string;
}

/** A trace that was read. */
export interface Trace {
  readonly header: TraceHeader;
  readonly transactions: readonly TransactionDetail[];
}

/** The first line of a manor's trace. */
export function headerOf({ estate, address, epoch }: AttachView): TraceHeader {
  return { trace: TRACE_VERSION, estate, address, epoch };
}

/** The record of a transaction: its detail with the heads as text. */
export function recordOf(detail: TransactionDetail): Record<string, unknown> {
  const packetList = detail.packetList.map((packet) => ({ ...packet, head: textOf(packet.head) }));
  return { ...detail, packetList };
}

/**
 * Reads a trace that was written as JSON lines.
 *
 * @param file how it is called in errors
 * @throws {RaetError} `bad_body` with the number of the line that is not as it should be
 */
export function parseTrace(text: string, file: string): Trace {
  if (text.startsWith(PCAPNG_START)) {
    throw new RaetError(
      "bad_body",
      `"${file}" is a pcapng capture: expected JSON lines, which --format jsonl writes`,
    );
  }
  const lines = text.split("\n").map((line, i) => ({ line, where: `"${file}" line ${i + 1}` }))
    .filter(({ line }) => line.trim() !== "");
  const [first, ...rest] = lines;
  if (!first) throw new RaetError("bad_body", `"${file}" is empty: expected a trace`);
  return {
    header: readHeader(readLine(first.line, first.where), first.where),
    transactions: rest.map(({ line, where }) => readRecord(readLine(line, where), where)),
  };
}

const PCAPNG_START = "\n\r\r\n";

function readLine(line: string, where: string): Value {
  try {
    return JSON.parse(line);
  } catch {
    throw new RaetError("bad_body", `${where} is not JSON: expected what raet trace wrote`);
  }
}

function readHeader(value: Value, where: string): TraceHeader {
  const read = new Reader(value, where);
  const trace = read.number("trace");
  if (trace !== TRACE_VERSION) {
    throw read.wrong("trace", `${TRACE_VERSION}, the version that this raet reads`);
  }
  const address = read.text("address");
  parseAddress(address);
  return { trace, estate: read.text("estate"), address, epoch: read.text("epoch") };
}

function readRecord(value: Value, where: string): TransactionDetail {
  const read = new Reader(value, where);
  const state = read.text("state");
  if (state !== "open" && state !== "ended") throw read.wrong("state", "open or ended");
  return {
    id: read.number("id"),
    kind: read.text("kind"),
    estate: read.text("estate"),
    ours: read.flag("ours"),
    state,
    beganAt: read.number("beganAt"),
    ms: read.number("ms"),
    packets: read.number("packets"),
    bytes: read.number("bytes"),
    redos: read.number("redos"),
    outcome: read.text("outcome"),
    why: read.text("why"),
    address: read.text("address"),
    sessionId: read.number("sessionId"),
    transactionId: read.number("transactionId"),
    messageId: read.text("messageId"),
    packetList: read.list("packetList").map((packet) => readPacket(packet, where)),
    leftOut: read.number("leftOut"),
  };
}

function readPacket(value: Value, where: string): PacketView {
  const read = new Reader(value, where);
  const flags = read.list("flags").map((flag) => {
    if (typeof flag !== "string") throw read.wrong("flags", "a list of names");
    return flag;
  });
  const head = bytesOf(read.text("head"));
  if (!head) throw read.wrong("head", "a head as text");
  return {
    ms: read.number("ms"),
    out: read.flag("out"),
    kind: read.text("kind"),
    flags,
    segment: read.number("segment"),
    segments: read.number("segments"),
    bytes: read.number("bytes"),
    head,
  };
}

/** Takes the fields of one record, each of the right form. */
class Reader {
  readonly #fields: { [key: string]: Value };
  readonly #where: string;

  constructor(value: Value, where: string) {
    if (!isBody(value)) {
      throw new RaetError("bad_body", `${where} is not what raet trace writes: expected an object`);
    }
    this.#fields = value;
    this.#where = where;
  }

  number(key: string): number {
    const value = this.#fields[key];
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.wrong(key, "a number");
    return value;
  }

  text(key: string): string {
    const value = this.#fields[key];
    if (typeof value !== "string") throw this.wrong(key, "a text");
    return value;
  }

  flag(key: string): boolean {
    const value = this.#fields[key];
    if (typeof value !== "boolean") throw this.wrong(key, "true or false");
    return value;
  }

  list(key: string): Value[] {
    const value = this.#fields[key];
    if (!Array.isArray(value)) throw this.wrong(key, "a list");
    return value;
  }

  wrong(key: string, expected: string): RaetError {
    const shown = JSON.stringify(this.#fields[key])?.slice(0, 60) ?? "nothing";
    return new RaetError("bad_body", `${this.#where}: ${key} is ${shown}: expected ${expected}`);
  }
}

function textOf(head: Uint8Array): string {
  return String.fromCharCode(...head);
}

function bytesOf(head: string): Uint8Array | null {
  const bytes = Uint8Array.from(head, (char) => char.charCodeAt(0));
  return textOf(bytes) === head ? bytes : null;
}
