/**
 * Traces of simulated roads: what the manors at both ends would write, each by a clock of its own.
 *
 * @module
 */
import { formatAddress } from "../../src/base/address.ts";
import { CARRIES_NOTHING, History } from "../../src/manor/history.ts";
import type { Trace } from "../../src/trace/record.ts";
import { joined } from "./road_pair.ts";
import type { SimEstate, Weather } from "./sim_road.ts";

/** Unix time at which simulated clocks stand at 0. */
export const SIM_EPOCH_MS = 1_700_000_000_000;

/** What goes on in a simulated road while it is traced. */
export interface Traffic {
  readonly seed?: number;
  readonly weather?: Partial<Weather>;
  /** sizes of the messages, sent in turn by beta and alpha */
  readonly sizes?: readonly number[];
  /** how far the clock of beta is ahead of that of alpha */
  readonly aheadMs?: number;
}

/** The traces of alpha and beta after some traffic. */
export function traceBoth(traffic: Traffic = {}): [alpha: Trace, beta: Trace] {
  const { seed = 1, weather = {}, sizes = [100], aheadMs = 0 } = traffic;
  const [world, alpha, beta] = joined({}, {}, seed);
  for (const estate of [alpha, beta]) estate.up.tune({ trace: true });
  Object.assign(world.weather, weather);
  sizes.forEach((size, n) => {
    const [from, to] = n % 2 === 0 ? [beta, alpha] : [alpha, beta];
    from.send({ data: "x".repeat(size), raet: { id: idOf(n) } }, to.name);
    world.run(7);
  });
  world.run(30_000);
  return [traceOf(alpha, 0), traceOf(beta, aheadMs)];
}

/** The id that the message of that number has. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, "0");
}

/** What its manor would write. */
export function traceOf(estate: SimEstate, aheadMs: number): Trace {
  const history = new History({
    wallTime: (now) => SIM_EPOCH_MS + now + aheadMs,
    now: () => 0,
    open: () => [],
    carriedBy: () => CARRIES_NOTHING,
  });
  for (const event of estate.events) {
    if (event.type === "transaction") history.note(event);
    if (event.type !== "message") continue;
    const { raet } = event.body as { raet?: { id: string } };
    if (raet) history.noteMessage(event.transaction, { messageId: raet.id, isReceipt: false });
  }
  return {
    header: {
      trace: 1,
      estate: estate.name,
      address: formatAddress(estate.address),
      epoch: "0".repeat(32),
    },
    transactions: history.rows().map(({ id }) => history.detail(id)!),
  };
}
