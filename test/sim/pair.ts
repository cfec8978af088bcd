/**
 * Two estates of a simulation, without faults: a main `alpha`, and `beta`, which joins it.
 *
 * @module
 */
import type { EstateTraits, SimEstate } from "./estate.ts";
import { World } from "./world.ts";

/** Both, started. */
export interface Pair {
  readonly world: World;
  readonly alpha: SimEstate;
  readonly beta: SimEstate;
}

const ADDRESS = { host: "10.0.0.1", port: 7530 };
const TRAITS: EstateTraits = {
  name: "alpha",
  main: true,
  auto: "always",
  join: [],
  alivePeriodMs: 5000,
  keepFormat: "json",
  shares: new Map(),
  durableMessages: 100,
};

/** Starts them. @param more what the main is besides */
export function startPair(more: Partial<EstateTraits> = {}): Pair {
  const world = new World(1);
  const alpha = world.addEstate({ ...TRAITS, ...more }, ADDRESS);
  const traits: EstateTraits = { ...TRAITS, name: "beta", main: false, join: [ADDRESS] };
  const beta = world.addEstate(traits, { host: "10.0.0.2", port: 7530 });
  for (const estate of world.estates) estate.start();
  return { world, alpha, beta };
}
