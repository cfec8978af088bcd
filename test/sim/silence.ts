/**
 * Some estates do not hear each other for long: longer than the road waits for an answer, and in a few seeds
 * longer than it remembers who was silent. Programs are at work until it begins, and quiet until it ends.
 *
 * @module
 */
import type { Chance } from "./chance.ts";
import type { SimEstate } from "./estate.ts";
import type { World } from "./world.ts";
import type { Program } from "./yard.ts";

/** Share of the seeds that have one, and of those in which it is longer than an hour. */
const SILENT_SHARE = 0.08;
const LONG_SHARE = 0.03;
const LONG_MS = [3_700_000, 4_500_000];
const SHORT_MS = [35_000, 70_000];
/** So long programs send before it, and after it. */
const TRAFFIC_MS = 1500;
/** So long a message each way is lost meanwhile: one that waits for it is there as the silence begins. */
const STUCK_MS = 8000;
/** Its life is over before the silence begins, or after it. */
const LOST_LIVES_MS = [500, 2500];
const LONG_LIFE_MS = 3_600_000;
/** Who sent nothing for so long must be known to be silent, however long it takes to ask. */
const NOTICED_MS = 30_000;
/** Where somebody attacks, a packet that was held back till now shows a life, and so long it is believed. */
const BELIEVED_MS = 15_000;

/** What keeps them from hearing each other. */
type Why = "nothing arrives one way" | "nothing arrives" | "one is down";

type AddYard = (estate: SimEstate, name: string, program: Program) => void;

/** Who does not hear whom. */
export interface SilenceTraits {
  readonly why: Why;
  readonly one: SimEstate;
  readonly other: SimEstate;
  readonly ms: number;
}

/** Draws one; null for most seeds. */
export function drawSilence(world: World, chance: Chance): Silence | null {
  if (!chance.is(SILENT_SHARE)) return null;
  const { estates } = world;
  const at = chance.below(estates.length);
  const step = 1 + chance.below(estates.length - 1);
  const [low, high] = chance.is(LONG_SHARE) ? LONG_MS : SHORT_MS;
  return new Silence(world, {
    why: chance.pick("nothing arrives one way", "nothing arrives", "one is down"),
    one: estates[at],
    other: estates[(at + step) % estates.length],
    ms: chance.between(low, high),
  });
}

/** A silence. */
export class Silence {
  readonly #world: World;
  readonly #why: Why;
  readonly #one: SimEstate;
  readonly #other: SimEstate;
  readonly #ms: number;

  constructor(world: World, { why, one, other, ms }: SilenceTraits) {
    this.#world = world;
    this.#why = why;
    this.#one = one;
    this.#other = other;
    this.#ms = ms;
  }

  /** Lets it pass. @param setQuiet has programs send nothing @returns whether nothing was found */
  async pass(setQuiet: (isQuiet: boolean) => void, addYard: AddYard): Promise<boolean> {
    const world = this.#world;
    world.timeline.note(
      `  ${this.#one.name}, ${this.#other.name}: ${this.#why} for ${this.#ms} ms`,
    );
    addYard(this.#one, "waiter", waits(this.#other));
    addYard(this.#other, "waiter", waits(this.#one));
    if (!await world.run(TRAFFIC_MS)) return false;
    this.#begin();
    setQuiet(true);
    if (!await world.run(this.#ms)) return false;
    if (this.#why === "one is down" && !await this.#isKnown()) return false;
    setQuiet(false);
    this.#one.staysDown = false;
    // What begins now is there while they find each other again.
    return await world.run(TRAFFIC_MS);
  }

  #begin(): void {
    const [one, other] = [this.#one, this.#other];
    if (this.#why === "one is down") {
      this.#world.powerOff(one);
      one.staysDown = true;
      return;
    }
    const { network } = this.#world;
    network.setCut(one.outside, other.outside, true);
    if (this.#why === "nothing arrives") network.setCut(other.outside, one.outside, true);
  }

  /** That it is down must be known, whatever somebody sends in its name. @returns whether nothing was found */
  async #isKnown(): Promise<boolean> {
    if (this.#ms < NOTICED_MS) return true;
    const world = this.#world;
    let believer = this.#believer();
    for (let looks = world.network.eavesdropper ? 2 : 0; believer && looks > 0; looks--) {
      if (!await world.run(BELIEVED_MS)) return false;
      believer = this.#believer();
    }
    if (!believer) return true;
    const who = `${this.#one.name}, which is down for ${this.#ms / 1000} s`;
    world.fail("progress", `${who}, is alive to ${believer.name}`);
    return false;
  }

  /** Somebody to whom the one that is down is alive. */
  #believer(): SimEstate | undefined {
    const { estates, network } = this.#world;
    const { name } = this.#one;
    return estates.find((estate) => {
      const row = estate.facts()?.estates.find((row) => row.name === name);
      if (!row?.alive || estate === this.#one) return false;
      // Where somebody attacks it may be that one by now, for whom nobody has shown that name yet.
      return !network.eavesdropper || estate.met.has(name);
    });
  }
}

/** Sends a message that is lost, and one that comes and waits for it; once. */
function waits({ name, outside }: SimEstate): Program {
  let isDone = false;
  return async (self, yard) => {
    const { world, outside: here } = self.estate;
    const to = { estate: name, yard: "", share: "jobs" };
    await self.pause(100);
    if (isDone) return;
    isDone = true;
    world.network.stick(here, outside, STUCK_MS);
    self.send(yard, to, self.chance.pick(...LOST_LIVES_MS), 0, { ordered: true });
    self.send(yard, to, LONG_LIFE_MS, 0, { ordered: true });
  };
}
