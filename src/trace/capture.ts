/**
 * A trace as a capture file: each packet with the headers that it had on the network, cut after its
 * RAET head, with its real length.
 *
 * @module
 */
import type { TransactionDetail } from "../route/control.ts";
import { datagramStart } from "./datagram.ts";
import { type CapturedPacket, captureHeader, packetBlock } from "./pcapng.ts";
import type { TraceHeader } from "./record.ts";

/** The beginning of the file. @param version of this program */
export function captureStart(header: TraceHeader, version: string): Uint8Array {
  return captureHeader(`raet ${version}`, `estate ${header.estate}`);
}

/** The packets of some transactions, in the order of their times. */
export function capturePackets(
  header: TraceHeader,
  transactions: readonly TransactionDetail[],
): Uint8Array[] {
  return transactions.flatMap((transaction) => packetsOf(header, transaction))
    .sort((a, b) => a.at - b.at)
    .map(packetBlock);
}

function packetsOf(header: TraceHeader, transaction: TransactionDetail): CapturedPacket[] {
  const { address, beganAt, packetList } = transaction;
  return packetList.map(({ ms, out, head, bytes }, i) => ({
    at: beganAt + ms,
    out,
    comment: i === 0 ? describe(header, transaction) : "",
    ...(out
      ? datagramStart(header.address, address, head, bytes)
      : datagramStart(address, header.address, head, bytes)),
  }));
}

/** What the heads don't say: who they are, which message it is, and how it ended. */
function describe(header: TraceHeader, transaction: TransactionDetail): string {
  const { kind, ours, estate, outcome, why, messageId, leftOut } = transaction;
  const [from, to] = ours ? [header.estate, estate] : [estate, header.estate];
  const message = messageId === "" ? "" : ` ${messageId}`;
  const cut = leftOut === 0 ? "" : `, ${leftOut} of its packets left out`;
  return `${kind}${message} from ${from} to ${to}: ${outcome || "open"}${why && ` (${why})`}${cut}`;
}
