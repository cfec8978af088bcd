/**
 * What goes over the network of a simulation, and what its manors log, for people.
 *
 * @module
 */
import { formatAddress } from "../../src/base/address.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Log } from "../../src/base/log.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import type { World } from "../../test/sim/world.ts";

/** Has a world print both. */
export function traced(world: World): void {
  world.network.onSend = ({ from, to, bytes }) => {
    const packet = parsePacket(bytes);
    const way = `    ${formatAddress(from)} > ${formatAddress(to)}`;
    if (packet instanceof Drop) {
      return console.log(`${way} ${packet.reason}, ${bytes.length} bytes`);
    }
    const { head } = packet;
    const kind = nameOf(TransactionKind, head.transactionKind);
    const step = nameOf(PacketKind, head.packetKind);
    const numbers = `from ${head.sourceId} to ${head.destinationId}, session ${head.sessionId}`;
    console.log(`${way} ${kind} ${head.transactionId} ${step}, ${numbers}, ${bytes.length} bytes`);
  };
  const write: Log["write"] = (level, { topic, what, who, why }) => {
    console.log(`    ${level} ${topic}: ${[what, who, why].filter(Boolean).join(", ")}`);
  };
  world.log = { wants: () => true, write };
}

function nameOf(names: Record<string, number>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? String(value);
}
