/**
 * How a simulation ends once all is mended: messages go between all who have a session, programs have
 * heard what they wait for.
 *
 * @module
 */
import type { SimEstate } from "./estate.ts";
import type { Sent } from "./witness.ts";
import type { World } from "./world.ts";

/** A share that only sweepers claim, and that only probes go to. */
export const PROBED_SHARE = "probed";
/** Within this time a probe must be there. */
const PROBE_MS = 8_000;
/** How long the bodies of probes are: of one packet, and of several. */
const PROBE_BYTES = [0, 3000];

/** Shares that a sweeper claims. */
export const SWEPT = ["jobs", "held", "unclaimed", PROBED_SHARE];

type IsAllowed = (one: SimEstate, other: SimEstate) => boolean;

/** Starts a process on each estate that sends to all others with which it has a session. */
export function addProbes(world: World, isAllowed: IsAllowed): { check(): void } {
  const sent: Sent[] = [];
  for (const estate of world.estates) {
    const others = world.estates.filter((other) =>
      other !== estate && isAllowed(estate, other) && isAllowed(other, estate)
    );
    if (others.length === 0) continue;
    world.addYard(estate, "prober", (self, yard) => {
      for (const { name } of others) {
        const to = { estate: name, yard: "", share: PROBED_SHARE };
        for (const bytes of PROBE_BYTES) {
          sent.push(self.send(yard, to, PROBE_MS, "z".repeat(bytes)));
        }
      }
      return Promise.resolve();
    });
  }
  return { check: () => checkProbes(world, sent) };
}

function checkProbes(world: World, probes: readonly Sent[]): void {
  for (const { n, estate, to, told } of probes) {
    if (told?.status === "delivered") continue;
    const how = told ? `${told.code || told.status}: ${told.message}` : "nothing";
    const text =
      `message ${n} of ${estate} to ${to.estate}, with which it has a session, is told ${how}`;
    world.fail("progress", text);
  }
}

/** Looks that every program that lives has heard what it waits for and its manor knows. */
export function checkHeard(world: World): void {
  for (const sent of world.witness.all) {
    const waiting = sent.takes.find(({ waits, holder }) => waits && holder?.process.alive);
    if (waiting) {
      const who = `${waiting.estate}/${waiting.yard}`;
      world.fail("one outcome", `${who} never heard whether message ${sent.n} is done`);
    }
    if (!sent.lives || sent.told || !sent.durable) continue;
    const from = world.estates.find(({ name }) => name === sent.estate)!;
    const result = from.durables.resultOf({ origin: "", id: sent.id });
    if (!result) continue;
    const text = `message ${sent.n} stands as ${result.status}, and its sender heard nothing`;
    world.fail("one outcome", text);
  }
}

/** Looks that no message in memory waits where all that it could wait for is there or over. */
export function checkTaken(world: World, isAllowed: IsAllowed): void {
  const named = (name: string) => world.estates.find((estate) => estate.name === name);
  for (const sent of world.witness.open) {
    const [from, there] = [named(sent.estate)!, named(sent.to.estate)];
    if (sent.durable || sent.takes.length > 0 || sent.mayBeOver() || !there) continue;
    // Whoever had it may be gone, and then nobody says so before its deadline.
    if (sent.mayBeUnknown() || sent.mayBeLost()) continue;
    if (sent.to.yard !== "" || !SWEPT.includes(sent.to.share)) continue;
    if (waitsForDurable(world, sent, from)) continue;
    if (there !== from && !(isAllowed(from, there) && isAllowed(there, from))) continue;
    const text = `message ${sent.n} was taken by nobody long after all was mended`;
    world.fail("progress", text);
  }
}

/** Whether a durable message before it in its order is open, which may wait for room over there. */
function waitsForDurable(world: World, sent: Sent, { durables }: SimEstate): boolean {
  const { n, estate, yard, to } = sent;
  return world.witness.all.slice(0, n).some((one) =>
    one.durable && one.ordered && one.estate === estate && one.yard === yard &&
    one.to.estate === to.estate && one.to.share === to.share &&
    !durables.resultOf({ origin: "", id: one.id }) && durables.ids().includes(one.id)
  );
}
