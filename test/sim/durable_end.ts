/**
 * How durable messages end once all is mended: somebody claims every share, and then each that was
 * stored must have been handed over, or have failed for certain. Nothing may be lost.
 *
 * @module
 */
import { DURABLE_SHARE_OF_ESTATE } from "../../src/base/limits.ts";
import type { Result } from "../../src/route/outcome.ts";
import type { SimEstate } from "./estate.ts";
import { SWEPT } from "./end.ts";
import type { Sent } from "./witness.ts";
import type { World } from "./world.ts";

/** The longest pause between two tries, and what taking them takes. */
const SETTLE_MS_MAX = 150_000;
const LOOK_MS = 5_000;

type IsAllowed = (one: SimEstate, other: SimEstate) => boolean;

/** Starts a process on each estate that takes what nobody else does. */
export function addSweepers(world: World): void {
  for (const estate of world.estates) {
    world.addYard(estate, "sweeper", async (self, yard) => {
      const sweep = async (share: string) => {
        const holder = self.hold();
        const listener = await yard.listen(share);
        for await (const message of listener) {
          self.take(message, false, holder).acknowledged = true;
        }
      };
      await Promise.all(SWEPT.map(sweep));
    });
  }
}

/** Waits until all have ended that can, and looks that none is lost. */
export async function settleDurables(world: World, isAllowed: IsAllowed): Promise<void> {
  const until = world.timeline.now + SETTLE_MS_MAX;
  const sent = world.witness.all.filter(({ durable, stored }) => durable && stored);
  const isDone = () => sent.every((one) => endOf(world, one, isAllowed) !== "open");
  while (!isDone() && world.timeline.now < until) {
    if (!await world.run(LOOK_MS)) return;
  }
  for (const one of sent) {
    const text = faultOf(one, endOf(world, one, isAllowed));
    if (text) world.fail("nothing stored is lost", text);
  }
}

/** How one ended: an outcome on the disk of its sender's host; excused if nobody could take it. */
type End = Result | "open" | "excused" | "unknown";

function endOf(world: World, sent: Sent, isAllowed: IsAllowed): End {
  const { id, to } = sent;
  const named = (name: string) => world.estates.find((estate) => estate.name === name);
  const from = named(sent.estate)!;
  const result = from.durables.resultOf({ origin: "", id });
  if (result) return result;
  if (!from.durables.ids().includes(id)) return sent.mayBeForgotten() ? "excused" : "unknown";
  const there = named(to.estate);
  if (!there || there.traits.durableMessages === 0) return "excused";
  if (isFull(there) || isFullOf(there, from)) return "excused";
  const isJoined = there === from || isAllowed(from, there) && isAllowed(there, from);
  // A date that was put back makes the lives longer of those that no process can take.
  const canBeTaken = to.yard === "" && SWEPT.includes(to.share);
  // One that was put forward ends a life only where the message is on disk by then.
  const mayLast = from.clock.backMs + there.clock.backMs > 0 ||
    world.timeline.now < sent.at + sent.timeoutMs;
  // By the clocks of who should take it its life is over: its sender's manor asks until it is by its own.
  if (mayLast && there.durables.resultOf({ origin: from.name, id })) return "excused";
  return isJoined && (canBeTaken || !mayLast) ? "open" : "excused";
}

/** Whether what nobody can take leaves no room for others. */
function isFull(estate: SimEstate): boolean {
  const durable = estate.facts()?.durable;
  return !durable || durable.in.messages >= durable.max;
}

/** The same of what one other estate may have there. */
function isFullOf(estate: SimEstate, from: SimEstate): boolean {
  const max = estate.traits.durableMessages * DURABLE_SHARE_OF_ESTATE;
  const waiting = estate.durables.load().filter(({ origin }) => origin === from.name);
  return estate !== from && waiting.length >= Math.max(1, Math.floor(max));
}

function faultOf(sent: Sent, end: End): string | null {
  const { n, takes, told } = sent;
  if (end === "excused") return null;
  if (end === "open") return `message ${n} is stored and has no outcome long after all was mended`;
  if (end === "unknown") return `message ${n} was stored, and is on its sender's disk no more`;
  const isTaken = takes.length > 0;
  if (end.status === "delivered") {
    return isTaken ? null : `message ${n} stands as delivered, and nobody took it`;
  }
  if (end.status !== "failed" || end.code === "outcome_unknown") return null;
  if (sent.mayBeForgotten()) return null; // sent again it is a new message
  if (isTaken) return `message ${n} stands as ${end.code}, and was handed over`;
  if (told?.status === "delivered") {
    return `message ${n} was told delivered, and stands as ${end.code}`;
  }
  return null;
}
