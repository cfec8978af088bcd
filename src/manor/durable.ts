/**
 * What durable messages are to a manor: where they are kept, how many there may be, how they look.
 *
 * @module
 */
import { DURABLE_BYTES_MAX, DURABLE_MESSAGES_MAX } from "../base/limits.ts";
import type { DurableView } from "../route/control.ts";
import type { DurableBounds, DurableParts } from "../route/durable/hands.ts";
import type { Router } from "../route/router.ts";
import { formatTriple } from "../route/triple.ts";
import type { ManorOptions } from "./options.ts";
import type { ManorParts } from "./parts.ts";

/** Rows of one side that are shown. */
const ROWS_MAX = 1000;

/** What a manor tells its peers that it can do beyond the reference. */
export function featuresOf({ durable }: ManorParts): string[] {
  return ["receipts", "ordered", ...durable ? ["durable"] : []];
}

/** How many durable messages there may be. */
export function boundsOf(
  options: Pick<ManorOptions, "durableMessages" | "durableBytes">,
): DurableBounds {
  return {
    messagesMax: options.durableMessages ?? DURABLE_MESSAGES_MAX,
    bytesMax: options.durableBytes ?? DURABLE_BYTES_MAX,
  };
}

/** What the router needs to keep them. */
export function durableParts(
  { durable, clock, options }: ManorParts,
): Omit<DurableParts, "random"> | undefined {
  if (!durable) return undefined;
  return {
    store: durable,
    dateAt: (now) => clock.date() + now - clock.now(),
    bounds: boundsOf(options),
  };
}

/** Those without an outcome. */
export function durableViews(router: Router, now: number): DurableView[] {
  const rows = router.durable?.rows() ?? [];
  return (["out", "in"] as const).flatMap((side) =>
    rows.filter((row) => row.side === side).slice(0, ROWS_MAX).map(({ relay, state }) => ({
      id: relay.id,
      side,
      from: formatTriple(relay.envelope.source),
      to: formatTriple(relay.envelope.destination),
      type: relay.envelope.type,
      state,
      ordered: relay.envelope.ordered,
      tries: relay.kept!.tries,
      bytes: relay.kept!.bytes,
      leftMs: Math.max(0, Math.round(relay.deadline - now)),
    }))
  );
}
