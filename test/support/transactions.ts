/** Transactions as a manor tells them, for tests of what is drawn. */
import type { PacketView, TransactionDetail } from "../../src/route/control.ts";

/** A packet of a transaction. */
export function packetView(
  ms: number,
  out: boolean,
  kind: string,
  more: Partial<PacketView> = {},
): PacketView {
  return {
    ms,
    out,
    kind,
    flags: [],
    segment: 0,
    segments: 1,
    bytes: 100,
    head: Uint8Array.of(1),
    ...more,
  };
}

/** A message to beta that was acknowledged, with these packets. */
export function transactionDetail(
  packetList: readonly PacketView[],
  more: Partial<TransactionDetail> = {},
): TransactionDetail {
  return {
    id: 12,
    kind: "message",
    estate: "beta",
    ours: true,
    state: "ended",
    beganAt: 0,
    ms: packetList.at(-1)?.ms ?? 0,
    packets: packetList.length,
    bytes: packetList.reduce((sum, { bytes }) => sum + bytes, 0),
    redos: 0,
    outcome: "done",
    why: "",
    address: "10.0.0.2:7530",
    sessionId: 3,
    transactionId: 17,
    messageId: "0f".repeat(16),
    packetList: [...packetList],
    leftOut: 0,
    ...more,
  };
}
