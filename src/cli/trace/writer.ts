/**
 * Writes a trace to a file or to standard output, in either format.
 *
 * @module
 */
import { closeSync, writeSync } from "node:fs";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import type { TransactionDetail } from "../../route/control.ts";
import { capturePackets, captureStart } from "../../trace/capture.ts";
import { recordOf, type TraceHeader } from "../../trace/record.ts";
import { plural } from "../draw/event.ts";
import { jsonLine } from "../body.ts";
import type { Output } from "../output.ts";
import { notWritten, openPrivateFile } from "../private_file.ts";
import { VERSION } from "../version.ts";

/** How a trace is written: JSON lines, or a capture. */
export type TraceFormat = "jsonl" | "pcapng";

/** Where a trace is written, and how. */
export interface TraceOut {
  /** of the file, which must not be there; `-` for standard output */
  readonly path: string;
  /** writes over a file that is there */
  readonly force: boolean;
  readonly format: TraceFormat;
}

/** A trace that is being written. */
export class TraceWriter implements Disposable {
  readonly #output: Output;
  readonly #path: string;
  readonly #format: TraceFormat;
  readonly #header: TraceHeader;
  readonly #file: number | null;
  #transactions = 0;
  #packets = 0;
  #leftOut = 0;

  /**
   * Begins it.
   *
   * @throws {RaetError} usage if the file can't be written, or is there already
   */
  constructor(output: Output, { path, force, format }: TraceOut, header: TraceHeader) {
    this.#output = output;
    this.#path = path;
    this.#format = format;
    this.#header = header;
    this.#file = path === "-" ? null : openPrivateFile(path, force);
    if (format === "jsonl") this.#put(`${jsonLine(header)}\n`);
    else this.#put(captureStart(header, VERSION));
  }

  /** Adds transactions, the oldest first. */
  write(transactions: readonly TransactionDetail[]): void {
    if (transactions.length === 0) return;
    if (this.#format === "jsonl") {
      this.#put(transactions.map((one) => `${jsonLine(recordOf(one))}\n`).join(""));
    } else {
      this.#put(concatBytes(...capturePackets(this.#header, transactions)));
    }
    this.#transactions += transactions.length;
    for (const { packetList, leftOut } of transactions) {
      this.#packets += packetList.length;
      this.#leftOut += leftOut;
    }
  }

  /** Says what was written to a file. */
  report(): void {
    if (this.#file === null) return;
    const [transactions, packets, leftOut] = [this.#transactions, this.#packets, this.#leftOut];
    const omitted = leftOut === 0 ? "" : `; ${leftOut} more packets were not kept`;
    this.#output.record(
      { file: this.#path, format: this.#format, transactions, packets, leftOut },
      `wrote ${plural(transactions, "transaction")} with ${
        plural(packets, "packet")
      } to ${this.#path}${omitted}`,
    );
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
  }

  #put(content: string | Uint8Array): void {
    const file = this.#file;
    if (file === null) return this.#output.raw(content);
    const bytes = typeof content === "string" ? utf8(content) : content;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    } catch (error) {
      throw notWritten(this.#path, error);
    }
  }
}
