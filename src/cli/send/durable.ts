/**
 * Sending what outlives the command: it may end once the manor has the message on disk.
 *
 * @module
 */
import type { Delivery } from "../../client/delivery.ts";
import type { Triple } from "../../route/triple.ts";
import type { Output } from "../output.ts";
import type { End } from "./tally.ts";

/**
 * The outcome of a durable message, if it has one by then; else that it is stored.
 *
 * @param waitMs how long to wait for the outcome once it is stored
 */
export async function endOfDurable(
  delivery: Delivery,
  waitMs: number,
  signal: AbortSignal,
): Promise<End> {
  const { promise: aborted, resolve } = Promise.withResolvers<true>();
  const abort = () => resolve(true);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await endOrAborted(delivery, waitMs, aborted);
  } finally {
    // The command may go on with any number of others.
    signal.removeEventListener("abort", abort);
  }
}

async function endOrAborted(
  delivery: Delivery,
  waitMs: number,
  aborted: Promise<true>,
): Promise<End> {
  const isGivenUp = await Promise.race([delivery.stored.then(() => false), aborted]);
  const stored: End = { status: "stored", id: delivery.id, ms: 0 };
  if (isGivenUp && !delivery.isStored) {
    const message = "the command was ended before the manor said that it has the message on disk";
    return { status: "outcome_unknown", id: delivery.id, ms: 0, code: "outcome_unknown", message };
  }
  if (!delivery.isStored) return await delivery.outcome;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, waitMs));
  const end = Promise.race([late, aborted]).then(() => stored);
  return await Promise.race([delivery.outcome, end]).finally(() => clearTimeout(timer));
}

/** Says when a message waits for its estate: a line for people, an object with `--json`. */
export function noteWaiting(output: Output, delivery: Delivery, { estate }: Triple): void {
  let isSaid = false;
  delivery.onNews((news) => {
    if (news !== "waiting" || isSaid) return;
    isSaid = true;
    if (output.json) output.record({ event: "waiting", id: delivery.id, estate });
    else output.note(`waiting for estate ${estate}, which is away`);
  });
}
