/**
 * What the processes of a simulation do: send, ask, listen, answer, stop reading, leave; and what
 * operators do about keys.
 *
 * @module
 */
import { RaetError } from "../../src/base/errors.ts";
import type { Yard } from "../../src/client/yard.ts";
import type { Triple } from "../../src/route/triple.ts";
import type { SimEstate } from "./estate.ts";
import type { Program, SimYard } from "./yard.ts";

/** So much longer operators look away while nothing else is done. */
const QUIET_FACTOR = 10;

/** What a worker is like. */
export interface WorkerTraits {
  /** between two messages of it, on average; Infinity for one that sends none */
  readonly sendEveryMs: number;
  readonly listens: readonly ListenTraits[];
  /** where it sends */
  readonly targets: readonly Triple[];
  /** share of its messages that are requests */
  readonly askShare: number;
  /** share of its messages that take many packets */
  readonly bigShare: number;
  /** share of the requests that it takes and answers */
  readonly answerShare: number;
}

/** How it listens on a share. */
export interface ListenTraits {
  readonly share: string;
  readonly observe: boolean;
  readonly claim: boolean;
  /** after so many messages, on average, it stops listening for a while */
  readonly stopsAfter: number;
  /** pause after each message, but where all is quiet and what waits has to be done */
  readonly slowMs: number;
}

/** Sends and listens until its process ends. */
export function worker(traits: WorkerTraits, isQuiet: () => boolean): Program {
  return async (self, yard) => {
    const jobs = traits.listens.map((listens) => listen(self, yard, listens, traits, isQuiet));
    if (traits.sendEveryMs < Infinity) jobs.push(sends(self, yard, traits, isQuiet));
    await Promise.all(jobs);
  };
}

/** Accepts the keys of the estates of the world and of nobody else; changes its mind now and then. */
export function operator(
  estate: SimEstate,
  moody: () => boolean,
  isQuiet: () => boolean,
): Program {
  return async (self, yard) => {
    for (;;) {
      await self.pause(self.chance.between(300, 900) * (isQuiet() ? QUIET_FACTOR : 1));
      try {
        await judge(estate, self, yard, moody());
      } catch (error) {
        if (!(error instanceof RaetError)) throw error;
      }
    }
  };
}

async function judge(
  estate: SimEstate,
  self: SimYard,
  yard: Yard,
  moody: boolean,
): Promise<void> {
  const { world, decisions, traits } = estate;
  const met = new Set(estate.met);
  const { rows } = await yard.control("keys", {});
  for (const { role, acceptance, fingerprint } of rows) {
    if (acceptance === "own") continue;
    const known = world.estates.find(({ name }) => name === role);
    const isTrue = known?.fingerprint === fingerprint;
    // A call whose answer never came may have been carried out, or not.
    if (decisions.get(role) === "unsure") {
      estate.decide(role, acceptance === "pending" ? "none" : acceptance);
    }
    if (acceptance === "pending" && isTrue) {
      estate.decide(role, "accepted");
      await yard.control("accept", { name: role });
    } else if (acceptance === "pending" || acceptance === "rejected" && !moody) {
      estate.decide(role, "unsure");
      await yard.control("delete", { name: role });
      estate.decide(role, "none");
    } else if (acceptance === "accepted" && !isTrue && (traits.auto === "never" || met.has(role))) {
      world.fail("trusted by acceptance", `a false key of "${role}" is accepted`);
    } else if (acceptance === "accepted" && moody && self.chance.is(0.05)) {
      const verb = self.chance.pick("reject", "delete");
      estate.decide(role, "unsure");
      await yard.control(verb, { name: role });
      estate.decide(role, verb === "reject" ? "rejected" : "none");
    }
  }
}

async function sends(
  self: SimYard,
  yard: Yard,
  traits: WorkerTraits,
  isQuiet: () => boolean,
): Promise<void> {
  const { chance } = self;
  for (;;) {
    await self.pause(chance.about(traits.sendEveryMs));
    if (isQuiet()) continue;
    const burst = chance.is(0.02) ? 30 : 1;
    for (let i = 0; i < burst; i++) {
      const to = chance.pick(...traits.targets);
      const timeoutMs = Math.round(chance.pick(200, 2000, 5000, 8000));
      const bytes = chance.is(traits.bigShare)
        ? chance.pick(3000, 3000, 20_000, 20_000, 120_000)
        : 20;
      const length = Math.floor(chance.between(0, bytes));
      const fill = chance.is(0.1) ? new Uint8Array(length) : "z".repeat(length);
      if (chance.is(traits.askShare)) self.ask(yard, to, timeoutMs, fill);
      else self.send(yard, to, timeoutMs, fill);
    }
  }
}

async function listen(
  self: SimYard,
  yard: Yard,
  { share, observe, claim, stopsAfter, slowMs }: ListenTraits,
  { answerShare }: WorkerTraits,
  isQuiet: () => boolean,
): Promise<void> {
  const { chance } = self;
  for (;;) {
    const holder = self.hold();
    try {
      await using listener = await yard.listen(share, { observe, claim });
      let left = chance.about(stopsAfter);
      for await (const message of listener) {
        const take = self.take(message, observe, holder);
        if (message.asks && chance.is(answerShare)) self.answer(message);
        if (slowMs > 0 && !isQuiet()) await self.pause(chance.about(slowMs));
        if (left-- < 0) break;
        take.acknowledged = true; // whoever asks for the next one is done with the last
      }
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
    }
    holder.ended = true;
    await self.pause(chance.between(50, 1500));
  }
}

/** Where messages of an estate may go: shares and yards of those it knows, and a few that are not there. */
export function targetsOf({ world, traits }: SimEstate): Triple[] {
  const known = world.estates.filter(({ inside, traits: other }) =>
    traits.main || other.name === traits.name ||
    traits.join.some(({ host }) => host === inside.host)
  );
  const there = known.flatMap(({ name: estate }) => [
    { estate, yard: "", share: "jobs" },
    { estate, yard: "", share: "jobs" },
    { estate, yard: "", share: "held" },
    { estate, yard: "w1", share: "mine" },
    { estate, yard: "w2", share: "inbox" },
  ]);
  const { name: estate } = world.estates[0];
  return [
    ...there,
    ...there,
    { estate: "nobody", yard: "", share: "jobs" },
    { estate, yard: "", share: "unclaimed" },
    { estate, yard: "absent", share: "inbox" },
  ];
}
